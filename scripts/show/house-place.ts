/** Where the nodes see the shared folder. */
export const MOUNT = '/mnt/iot'
/** Record of a step's drill in it, and what is drawn from it, without their endings. */
export const drillFile = (step: string): string => `demo-drill-${step}`
/** Name of the compose project, and of its folder below the shared one. */
export const HOUSE_PROJECT = 'house'
export const HOUSE_DIRECTORY = `${MOUNT}/${HOUSE_PROJECT}`
export const HOME_ASSISTANT_CONTAINER = `${HOUSE_PROJECT}-home-assistant-1`
