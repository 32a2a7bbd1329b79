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
 * The position of a path in a YAML document, as an offset into its text: the start of the value, or of the key if the
 * value is empty, or of the nearest existing parent if a part is missing.
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

/** The position of a key in the mapping at a path; the mapping's position if it has no such key. */
export function offsetOfKey(document: Document, path: readonly PropertyKey[], key: string): number {
  let node = followAlias(document, document.contents);
  for (const part of path) {
    node = followAlias(document, isSeq(node) ? node.items[Number(part)] : pairOf(node, part)?.value);
  }
  return startOf(pairOf(node, key)?.key) ?? offsetOfValue(document, path);
}
