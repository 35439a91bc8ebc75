import type { Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from './contract/search-attributes';

type Operator = Pick<Connection['operatorService'], 'listSearchAttributes' | 'addSearchAttributes'>;

/** All of the product's search attributes are keywords. */
const { INDEXED_VALUE_TYPE_KEYWORD } = temporal.api.enums.v1.IndexedValueType;

export interface SearchAttributeGaps {
  missing: string[];
  /** there, but of another type than Keyword */
  mistyped: string[];
}

/** What of the product's search attributes is not as it must be in the namespace. */
export async function searchAttributeGaps(
  operator: Pick<Operator, 'listSearchAttributes'>,
  namespace: string,
): Promise<SearchAttributeGaps> {
  const { customAttributes } = await operator.listSearchAttributes({ namespace });
  const names = SEARCH_ATTRIBUTES.map(({ name }) => name);
  const isThere = (name: string) => Object.hasOwn(customAttributes, name);
  return {
    missing: names.filter((name) => !isThere(name)),
    mistyped: names.filter((name) => isThere(name) && customAttributes[name] !== INDEXED_VALUE_TYPE_KEYWORD),
  };
}

/** Registers what is missing, and says what that was. May be run any number of times. */
export async function registerSearchAttributes(operator: Operator, namespace: string): Promise<string[]> {
  const { missing } = await searchAttributeGaps(operator, namespace);
  if (missing.length > 0) await addSearchAttributes(operator, namespace, missing);
  return missing;
}

/** Registers the named ones, unseen: Temporal's time-skipping test server can be told but not asked. */
export async function addSearchAttributes(
  operator: Pick<Operator, 'addSearchAttributes'>,
  namespace: string,
  names: readonly string[] = SEARCH_ATTRIBUTES.map(({ name }) => name),
): Promise<void> {
  const searchAttributes = Object.fromEntries(names.map((name) => [name, INDEXED_VALUE_TYPE_KEYWORD]));
  await operator.addSearchAttributes({ namespace, searchAttributes });
}
