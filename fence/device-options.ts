import { booleanParameter, integerParameter, pathParameter, stringParameter } from '../lib/ocf/parameters.ts'
import { option } from './options.ts'

/** Which device it is, how to get in, and whom to believe there. */
export const deviceOptions = {
  ip: option(
    stringParameter({
      name: 'ip',
      shortdesc: 'Address of the device',
      longdesc:
        'IP address of the device or its API; several, separated by comma, where the driver can try them in turn. An address rather than a name: the name service may be down with the node.',
      example: '192.0.2.10',
      deprecatedNames: ['ipaddr'],
    }),
    { letter: 'a' },
  ),
  ipport: option(
    integerParameter({
      name: 'ipport',
      shortdesc: 'TCP or UDP port of the device',
      longdesc: "Port of the device. Unset: the driver's usual one.",
      example: '80',
      min: 1,
      max: 65_535,
    }),
    { letter: 'u' },
  ),
  username: option(
    stringParameter({
      name: 'username',
      shortdesc: 'Login name',
      longdesc: 'Login name, or the user and name of an API token (root@pam!fence).',
      example: 'admin',
      deprecatedNames: ['login'],
    }),
    { letter: 'l' },
  ),
  password: option(
    stringParameter({
      name: 'password',
      shortdesc: 'Login password or API token secret',
      longdesc: 'Password, or the secret of an API token. Never logged.',
      example: 'secret',
      deprecatedNames: ['passwd'],
    }),
    { letter: 'p', secret: true },
  ),
  passwordScript: option(
    pathParameter({
      name: 'password_script',
      shortdesc: 'Script that prints the password',
      longdesc: 'A program that prints the password on its first line; used when password is not set.',
      example: '/usr/local/sbin/plug-password',
      deprecatedNames: ['passwd_script'],
    }),
    { letter: 'S' },
  ),
  passwordFile: option(
    pathParameter({
      name: 'password_file',
      shortdesc: 'File that holds the password',
      longdesc:
        'A file of root with mode 0600 (or 0400) that holds the password on its first line; used when neither password nor password_script is set.',
      example: '/etc/pacemaker/plug.password',
    }),
  ),
  ssl: option(
    booleanParameter({
      name: 'ssl',
      shortdesc: 'Use TLS',
      longdesc: "Speak TLS with the device. Unset: the driver's usual way.",
      example: 'true',
    }),
    { letter: 'z' },
  ),
  sslSecure: option(
    booleanParameter({
      name: 'ssl_secure',
      shortdesc: 'Use TLS and verify the certificate',
      longdesc: 'Speak TLS and verify the certificate, which is also the default wherever TLS is spoken.',
      example: 'true',
    }),
  ),
  sslInsecure: option(
    booleanParameter({
      name: 'ssl_insecure',
      shortdesc: 'Use TLS without verifying the certificate',
      longdesc:
        'Speak TLS with whoever answers. ssl_fingerprint is the better answer to a self-signed certificate.',
      example: 'false',
      default: 'false',
    }),
  ),
  sslCaFile: option(
    pathParameter({
      name: 'ssl_ca_file',
      shortdesc: 'Certificates to trust',
      longdesc: 'A PEM file with the only authorities to trust for this device.',
      example: '/etc/pve/pve-root-ca.pem',
    }),
  ),
  sslFingerprint: option(
    stringParameter({
      name: 'ssl_fingerprint',
      shortdesc: 'SHA-256 fingerprint of the certificate',
      longdesc:
        'The SHA-256 fingerprint of the one certificate to trust, as openssl x509 -fingerprint -sha256 prints it; name and authority do not matter then. Several, separated by comma, for several hosts.',
      example: 'AB:CD:...',
      pattern: /^(([0-9A-Fa-f]{2}:?){32},?)+$/,
      shape: 'a SHA-256 fingerprint of 64 hexadecimal digits',
    }),
  ),
  deviceId: option(
    stringParameter({
      name: 'device_id',
      shortdesc: 'Identity that the device must have',
      longdesc:
        'MAC address, serial or name that the device must report; anything else is not touched. It keeps a DHCP lease that moved from switching a stranger off. monitor prints what the device reports.',
      example: 'DC:4F:22:00:00:01',
    }),
  ),
}
