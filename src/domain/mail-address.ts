/**
 * One e-mail address and nothing else: the dot-atom and the domain of RFC 5321, 4.1.2, in ASCII. Quoted local parts, comments,
 * lists, names in front and line breaks are ways to write something else into a header.
 */
export const plainMailAddress =
  /^(?=.{3,254}$)(?=[^@]{1,64}@)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@[A-Za-z\d](?:[A-Za-z\d-]{0,61}[A-Za-z\d])?(?:\.[A-Za-z\d](?:[A-Za-z\d-]{0,61}[A-Za-z\d])?)*$/;
