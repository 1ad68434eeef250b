package org.larval.lab.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The lab of a test class or method; the method's wins. Each test gets a run of its own through a
 * parameter of type {@link org.larval.lab.run.LabRun}, put together but not yet begun.
 *
 * <pre>
 *   &#64;Lab("labs/two-guests.yaml")
 *   class TwoGuestsTest {
 *     &#64;Test
 *     void nothingIsLost(LabRun lab) {
 *       assertThat(lab).flow(1).delivered(40).lost(0).leakedInClear(0);
 *     }
 *   }
 * </pre>
 */
@Documented
@Inherited
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(LabExtension.class)
public @interface Lab {
  /** A lab file: a resource on the class path, or a path from the working directory. */
  String value();

  /** Another seed than the file's; negative for the file's. */
  long seed() default -1;

  /** An SA-miss preset for all guests, by its name; empty for what the file says. */
  String saMiss() default "";
}
