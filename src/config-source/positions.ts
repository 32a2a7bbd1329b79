import { isAlias, isMap, isNode, isScalar, isSeq, type Document, type Pair } from "yaml";

function pairOf(node: unknown, key: PropertyKey): Pair | undefined {
  if (!isMap(node)) return undefined;
  return node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key));
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function followAlias(document: Document, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

/**
 * Where a path leads in a YAML document, as an offset into its text: the value's start, the key's where the
 * value is empty, and for a part that is not there the nearest parent that is.
 */
export function offsetOfValue(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const key of path) {
    node = followAlias(document, node);
    const pair = pairOf(node, key);
    const child: unknown = isSeq(node) ? node.items[Number(key)] : pair?.value;
    if (pair === undefined && child === undefined) return offset;
    const emptyValue = isScalar(child) && child.source === "";
    offset = (emptyValue ? undefined : startOf(child)) ?? startOf(pair?.key) ?? offset;
    node = child;
  }
  return offset;
}

/** Where a key itself stands in the mapping that a path leads to; the mapping's place if it has no such key. */
export function offsetOfKey(document: Document, path: readonly PropertyKey[], key: string): number {
  let node = followAlias(document, document.contents);
  for (const part of path) {
    node = followAlias(document, isSeq(node) ? node.items[Number(part)] : pairOf(node, part)?.value);
  }
  return startOf(pairOf(node, key)?.key) ?? offsetOfValue(document, path);
}
