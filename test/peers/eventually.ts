/** Looks again until the look no longer throws; its last error is thrown when the time is over. */
export async function eventually<T>(look: () => Promise<T>, milliseconds = 30_000): Promise<T> {
  const end = Date.now() + milliseconds
  for (;;) {
    try {
      return await look()
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise(resolve => setTimeout(resolve, 200))
    }
  }
}
