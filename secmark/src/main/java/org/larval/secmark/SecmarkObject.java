package org.larval.secmark;

import org.larval.labels.SecurityContext;

/**
 * A label that rules can give: a {@code secmark} object of nft, or what {@code --selctx} says.
 *
 * @param name of the object; empty for xtables
 * @param context the label
 * @param sid the same as a number
 */
record SecmarkObject(String name, SecurityContext context, int sid) {}
