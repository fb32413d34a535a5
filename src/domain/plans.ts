/** What each tier gets. Everything about credits and allowances is decided in this file. */

export const subscriptionTiers = ["free", "basic", "pro", "enterprise"] as const;
export type SubscriptionTier = (typeof subscriptionTiers)[number];

/** Plans that are paid for, by month or by year. */
export const paidPlans = ["basic", "pro", "enterprise"] as const satisfies readonly SubscriptionTier[];
export type PaidPlan = (typeof paidPlans)[number];

export const billingIntervals = ["monthly", "yearly"] as const;
export type BillingInterval = (typeof billingIntervals)[number];

/** Credits that a new account starts with. A guest's are given once; a free account is topped up to its own monthly. */
export const startingCredits = { guest: 20, free: 50 } as const;

interface Plan {
  readonly title: string;
  /** Given with each paid period (a year gives twelve at once); on the free plan, what the balance is topped up to monthly. */
  readonly credits_per_month: number;
  /** Days that a first subscription may be tried for nothing, and the credits that go with them. */
  readonly trial_days: number;
  readonly trial_credits: number;
  /** Which of the configured models may be used. */
  readonly models: "all";
  /** In cents of US dollars, for display: what is charged is decided by the price at Stripe. Null: not sold. */
  readonly price_minor: Readonly<Record<BillingInterval, number>> | null;
}

export const plans: Readonly<Record<SubscriptionTier, Plan>> = {
  free: {
    title: "Free",
    credits_per_month: startingCredits.free,
    trial_days: 0,
    trial_credits: 0,
    models: "all",
    price_minor: null,
  },
  basic: {
    title: "Basic",
    credits_per_month: 500,
    trial_days: 0,
    trial_credits: 0,
    models: "all",
    price_minor: { monthly: 900, yearly: 9_000 },
  },
  pro: {
    title: "Pro",
    credits_per_month: 2_000,
    trial_days: 7,
    trial_credits: 200,
    models: "all",
    price_minor: { monthly: 2_900, yearly: 29_000 },
  },
  enterprise: {
    title: "Enterprise",
    credits_per_month: 10_000,
    trial_days: 14,
    trial_credits: 500,
    models: "all",
    price_minor: { monthly: 9_900, yearly: 99_000 },
  },
};

/** Credits to buy once, with any plan. They do not expire. */
export const creditPackNames = ["small", "medium", "large"] as const;
export type CreditPackName = (typeof creditPackNames)[number];

export const creditPacks: Readonly<
  Record<CreditPackName, { readonly title: string; readonly credits: number; readonly price_minor: number }>
> = {
  small: { title: "100 credits", credits: 100, price_minor: 500 },
  medium: { title: "500 credits", credits: 500, price_minor: 2_000 },
  large: { title: "2,000 credits", credits: 2_000, price_minor: 7_000 },
};

/** Currency of every `price_minor`, as Stripe writes it. */
export const displayCurrency = "usd";

/** A balance below this is low: its owner is told once, and again only after credits have come and gone. */
export const lowBalanceCredits = 10;

/** Credits that one paid period gives. */
export function creditsPerPeriod(plan: PaidPlan, interval: BillingInterval): number {
  return plans[plan].credits_per_month * (interval === "yearly" ? 12 : 1);
}

/** A chat turn costs one credit for each started thousand tokens, prompt and answer together. */
const tokensPerCredit = 1_000;

/**
 * Price of a chat turn in credits.
 * @param tokens prompt and completion tokens together
 */
export function chatCostCredits(tokens: number): number {
  return Math.max(1, Math.ceil(tokens / tokensPerCredit));
}

/** How many tokens a turn may use before `credits` no longer covers it. */
export function tokensCoveredBy(credits: number): number {
  return credits * tokensPerCredit;
}

/** Generations of one account that run at a time; the others wait, in the order in which they were asked for. */
export const runningGenerations: Readonly<Record<SubscriptionTier, number>> = {
  free: 2,
  basic: 3,
  pro: 5,
  enterprise: 8,
};

const megabyte = 1_048_576;
const gigabyte = 1_024 * megabyte;

/** What an account may keep in uploaded files. */
export const storageLimits: Readonly<Record<SubscriptionTier, { readonly files: number; readonly bytes: number }>> = {
  free: { files: 200, bytes: 200 * megabyte },
  basic: { files: 2_000, bytes: 2 * gigabyte },
  pro: { files: 10_000, bytes: 20 * gigabyte },
  enterprise: { files: 100_000, bytes: 200 * gigabyte },
};

/** Answers that an account may have written at the same time, wherever they are written. */
export const concurrentTurns: Readonly<Record<SubscriptionTier, number>> = {
  free: 3,
  basic: 5,
  pro: 10,
  enterprise: 50,
};

export type LimitName =
  | "auth_guest"
  | "auth_register"
  | "auth_login"
  | "auth_refresh"
  | "general"
  | "auth_email"
  | "auth_token"
  | "auth_oauth"
  | "chat"
  | "generation"
  | "upload"
  | "search"
  | "shared"
  | "export";

interface RateLimit {
  readonly windowSeconds: number;
  /** Requests allowed within the window, by who asks: a tier, or nobody known (then counted by address). */
  readonly requests: Readonly<Record<SubscriptionTier | "anonymous", number>>;
  /** What happens when nobody can count: reads go on, what spends or could be attacked does not. */
  readonly whenAway: "open" | "closed";
}

const sameForAll = (requests: number) => ({
  anonymous: requests,
  free: requests,
  basic: requests,
  pro: requests,
  enterprise: requests,
});

const byTier = { anonymous: 0, free: 60, basic: 120, pro: 300, enterprise: 1_200 };

export const rateLimits: Readonly<Record<LimitName, RateLimit>> = {
  auth_guest: { windowSeconds: 60, requests: sameForAll(30), whenAway: "closed" },
  auth_register: { windowSeconds: 60, requests: sameForAll(20), whenAway: "closed" },
  auth_login: { windowSeconds: 60, requests: sameForAll(30), whenAway: "closed" },
  auth_refresh: { windowSeconds: 60, requests: sameForAll(60), whenAway: "closed" },
  // Asks for a mail; uses up what is in one; starts and ends a sign-in with a provider.
  auth_email: { windowSeconds: 60, requests: sameForAll(10), whenAway: "closed" },
  auth_token: { windowSeconds: 60, requests: sameForAll(30), whenAway: "closed" },
  auth_oauth: { windowSeconds: 60, requests: sameForAll(30), whenAway: "closed" },
  // Every route of an account that has no limit of its own.
  general: {
    windowSeconds: 60,
    requests: { anonymous: 0, free: 600, basic: 1_200, pro: 3_000, enterprise: 12_000 },
    whenAway: "open",
  },
  chat: { windowSeconds: 60, requests: byTier, whenAway: "closed" },
  generation: { windowSeconds: 60, requests: byTier, whenAway: "closed" },
  upload: { windowSeconds: 60, requests: byTier, whenAway: "closed" },
  search: { windowSeconds: 60, requests: byTier, whenAway: "open" },
  // Nobody signs in to read a shared conversation, so an address has to be held to account.
  shared: { windowSeconds: 60, requests: sameForAll(120), whenAway: "open" },
  // All that an account has, read anew each time.
  export: { windowSeconds: 3_600, requests: sameForAll(5), whenAway: "closed" },
};
