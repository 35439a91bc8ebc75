import { parameterNotValid } from './error-body';

/** Basiq's filter grammar as far as connections need it: `status.eq('active'),institution.id.eq('AU00000')`. */
export interface ConnectionFilter {
  id?: string;
  status?: string;
  'institution.id'?: string;
}

export function connectionFilter(text: string | undefined): ConnectionFilter {
  const filter: ConnectionFilter = {};
  if (text === undefined || text === '') return filter;
  for (const term of text.split(',')) {
    const [, field, value] = /^\s*(id|status|institution\.id)\.eq\('([^']*)'\)\s*$/.exec(term) ?? [];
    if (value === undefined || (field !== 'id' && field !== 'status' && field !== 'institution.id')) {
      throw parameterNotValid('The filter can compare id, status and institution.id with eq.', {
        parameter: 'filter',
      });
    }
    filter[field] = value;
  }
  return filter;
}
