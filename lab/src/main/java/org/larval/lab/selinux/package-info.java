/** SELinux in a guest: what it checks at which hook, with which subject and object. */
@NullMarked
package org.larval.lab.selinux;

import org.jspecify.annotations.NullMarked;
