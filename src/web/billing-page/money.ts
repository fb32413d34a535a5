/** A price as people write it. @param amountMinor in the currency's smallest unit, of which there may be none (yen) */
export function moneyText(amountMinor: number, currency: string): string {
  const format = new Intl.NumberFormat(undefined, { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amountMinor / 10 ** digits);
}
