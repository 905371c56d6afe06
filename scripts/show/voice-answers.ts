/** What the client of the voice asks for: a token of the model. */
export const VOICE_ANSWERS = 'voice'
/** And whether the server answers at all, as a health check without a token does. */
export const VOICE_PORT_ANSWERS = "the voice's port"
