import { execa } from 'execa'

const XZ = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])

/**
 * The ELF kernel inside a bzImage (Linux, Documentation/arch/x86/boot.rst, protocol 2.08). QEMU boots it by
 * its PVH entry: no real mode and no decompression, which an emulated processor takes many seconds for.
 * Debian compresses with xz; needs the Debian package xz-utils.
 */
export async function elfKernel(bzImage: Buffer): Promise<Uint8Array> {
  const setupSectors = bzImage.readUInt8(0x1f1) || 4
  const start = (setupSectors + 1) * 512 + bzImage.readUInt32LE(0x248)
  const payload = bzImage.subarray(start, start + bzImage.readUInt32LE(0x24c))
  if (!payload.subarray(0, XZ.length).equals(XZ)) throw new Error('the kernel is not compressed with xz')
  // The kernel's build appends the unpacked size, which xz takes for garbage behind the stream.
  const { stdout } = await execa('xz', ['--decompress', '--stdout', '--single-stream', '--quiet'], {
    input: payload,
    encoding: 'buffer',
    reject: false,
    maxBuffer: 256 * 1024 * 1024,
  })
  if (Buffer.from(stdout.subarray(0, 4)).toString('latin1') !== '\x7fELF')
    throw new Error('no ELF kernel in the bzImage')
  return stdout
}
