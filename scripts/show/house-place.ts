/** Where the nodes see the shared folder. */
export const MOUNT = '/mnt/iot'
/** Name of the compose project, and of its folder below the shared one. */
export const HOUSE_PROJECT = 'house'
export const HOUSE_DIRECTORY = `${MOUNT}/${HOUSE_PROJECT}`
export const HOME_ASSISTANT_CONTAINER = `${HOUSE_PROJECT}-home-assistant-1`
