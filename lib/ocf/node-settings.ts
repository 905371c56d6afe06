/** Once for a node, and absent unless somebody wants metrics: then one look for it is all they cost. */
export const nodeSettings = '/etc/default/resource-agents-haha'
