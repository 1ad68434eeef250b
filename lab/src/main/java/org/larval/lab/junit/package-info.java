/**
 * Labs in JUnit tests: {@link org.larval.lab.junit.Lab @Lab} names the lab file, the test method
 * takes a {@link org.larval.lab.run.LabRun}, {@link org.larval.lab.junit.LabAssertions} asks what
 * became of the traffic. A failing test prints how to repeat it.
 *
 * <p>JUnit and AssertJ are the test's own: this package needs them, the lab does not.
 */
@NullMarked
package org.larval.lab.junit;

import org.jspecify.annotations.NullMarked;
