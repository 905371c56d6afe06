import { type Rule, shellWord } from '../finding.ts'

export const modelAbsent: Rule = {
  id: 'model-absent',
  about: 'The model that a resource loads is not on a node that may have to run it.',
  check({ models, node, status }) {
    return models
      .filter(({ present }) => !present)
      .map(({ resource, model, folder, pull }) => {
        const active = status?.active.find(({ id }) => id === resource)?.nodes ?? []
        const from = active.find(name => name !== node) ?? '<node that has it>'
        const copy = `rsync -a ${from}:${shellWord(`${folder}/`)} ${shellWord(`${folder}/`)}`
        const command = active.includes(node ?? '') ? pull : `${copy}   # on ${node}`
        return {
          severity: 'warning' as const,
          seen: `model ${model} of ${resource} is not in ${folder} of ${node ?? 'this node'}, which may have to run it`,
          why: 'Ollama fetches nothing by itself: a start there fails, on the day that the other node is gone.',
          crmsh: command,
          pcs: command,
        }
      })
  },
}
