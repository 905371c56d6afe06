import { describe, expect, test } from 'vitest'
import { attribute, below, children, descend, parseXml } from '../../../scripts/pacemaker/xml.ts'

describe('what Pacemaker writes', () => {
  test('is read with its nesting, comments and declarations passed over', () => {
    const cib = parseXml(`<?xml version="1.0" encoding="utf-8"?>
<!-- <group id="not-me"/> -->
<cib epoch='5'>
  <resources><group id="g"><primitive id="a"/></group><primitive id="b"></primitive></resources>
  <status/>
</cib>
`)
    expect(attribute(cib, 'epoch')).toBe('5')
    expect(below(cib, 'primitive').map(one => attribute(one, 'id'))).toEqual(['a', 'b'])
    expect(children(descend(cib, 'resources'), 'primitive')).toHaveLength(1)
    expect(descend(cib, 'resources', 'clone')).toBeUndefined()
    expect(attribute(undefined, 'id')).toBe('')
  })

  test('has text in some elements', () => {
    const list = parseXml('<list><item>fence-n1</item> <item> a &amp; b </item></list>')
    expect(children(list, 'item').map(({ text }) => text)).toEqual(['fence-n1', 'a & b'])
  })

  test('has its entities decoded, those of its own making left as they are', () => {
    const element = parseXml('<a b="&lt;3.15.1 &quot;x&quot; &amp;amp; &#10;&#x41; &mine;"/>')
    expect(attribute(element, 'b')).toBe('<3.15.1 "x" &amp; \nA &mine;')
  })

  test('may hold names that mean something to JavaScript', () => {
    const element = parseXml('<a constructor="x" __proto__="y"/>')
    expect([attribute(element, 'constructor'), attribute(element, '__proto__')]).toEqual(['x', 'y'])
    expect(attribute(element, 'toString')).toBe('')
  })

  test('may be nested deeper than any stack', () => {
    const depth = 15_000
    const tree = parseXml(`${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}`)
    expect(below(tree, 'a')).toHaveLength(depth - 1)
  })
})

test.each([
  ['cut off', '<cib><resources>', '<resources> is not closed at character 16'],
  ['cut off within a tag', '<cib epoch="5', 'a broken tag at character 0'],
  ['wrongly nested', '<a><b></a></b>', 'an end of <a> that was not open at character 6'],
  ['closed twice', '<a/></a>', 'an end of <a> that was not open at character 4'],
  ['two documents', '<a/><b/>', '2 elements at the top at character 0'],
  ['no XML', 'Could not connect', '0 elements at the top at character 0'],
  ['nothing', '', '0 elements at the top at character 0'],
  ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><a/>', 'a broken tag at character 0'],
  ['an attribute without quotes', '<a b=c/>', 'a broken tag at character 0'],
])('a text that is %s is refused', (_, text, reason) => {
  expect(() => parseXml(text)).toThrow(reason)
})
