import { openCluster, upCluster } from './cluster.ts'
import { clusterPlan } from './plan.ts'

const [verb, ...rest] = process.argv.slice(2)
if (verb === 'up') await upCluster(clusterPlan(), console.log)
else if (verb === 'down') await (await openCluster('haha')).down()
else if (verb === 'exec') {
  const o = await (await openCluster('haha')).exec(rest[0] as 'n1', rest.slice(1))
  console.log(o.stdout, o.stderr, o.exitCode)
}
