import type { Bank } from './bank-book';
import type { LinkTo } from './call';

/** An institution as Basiq shows it. Its features are no promise of a challenge, at Basiq neither. */
export function institutionDocument({ institution, behaviour }: Bank, link: LinkTo): object {
  return {
    type: 'institution',
    id: institution.id,
    name: institution.name,
    shortName: institution.shortName,
    institutionType: 'Test Bank',
    country: 'Australia',
    serviceName: institution.shows,
    serviceType: 'Personal Banking',
    loginIdCaption: 'Login',
    passwordCaption: 'Password',
    tier: '4',
    stage: 'beta',
    authorization: institution.authorization,
    status: behaviour.latest.status,
    features: { accounts: { balance: ['web'] }, transactions: { amount: ['web'] } },
    stats: { averageDurationMs: null },
    logo: { type: 'image', colors: null, links: { self: link(`/institutions/${institution.id}`) } },
    links: { self: link(`/institutions/${institution.id}`) },
  };
}
