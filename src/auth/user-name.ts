const LONGEST = 255;

/**
 * A user name as a credential states it, trimmed; undefined when no login could have it: empty, over-long, or with
 * control characters or broken Unicode (which a database or a log would choke on).
 */
export function presentedUserName(text: string): string | undefined {
  const userName = text.trim();
  // \p{C}: control, format, surrogate, unassigned. U+FFFD stands where bytes were not UTF-8.
  return userName === '' || userName.length > LONGEST || /[\p{C}\uFFFD]/u.test(userName) ? undefined : userName;
}

/** Longer secrets are refused unread: hashing them would only cost time. */
export const longestSecret = 1024;
