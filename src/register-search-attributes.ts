import type { Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from './contract/search-attributes';

type Operator = Pick<Connection['operatorService'], 'listSearchAttributes' | 'addSearchAttributes'>;

/** Which of the product's search attributes the namespace lacks. */
export async function missingSearchAttributes(operator: Operator, namespace: string): Promise<string[]> {
  const { customAttributes } = await operator.listSearchAttributes({ namespace });
  return SEARCH_ATTRIBUTES.map(({ name }) => name).filter((name) => !Object.hasOwn(customAttributes, name));
}

/** Registers what is missing, and says what that was. May be run any number of times. */
export async function registerSearchAttributes(operator: Operator, namespace: string): Promise<string[]> {
  const missing = await missingSearchAttributes(operator, namespace);
  if (missing.length > 0) await addSearchAttributes(operator, namespace, missing);
  return missing;
}

/** Registers the named ones, unseen: Temporal's time-skipping test server can be told but not asked. */
export async function addSearchAttributes(
  operator: Pick<Operator, 'addSearchAttributes'>,
  namespace: string,
  names: readonly string[] = SEARCH_ATTRIBUTES.map(({ name }) => name),
): Promise<void> {
  const { INDEXED_VALUE_TYPE_KEYWORD } = temporal.api.enums.v1.IndexedValueType;
  const searchAttributes = Object.fromEntries(names.map((name) => [name, INDEXED_VALUE_TYPE_KEYWORD]));
  await operator.addSearchAttributes({ namespace, searchAttributes });
}
