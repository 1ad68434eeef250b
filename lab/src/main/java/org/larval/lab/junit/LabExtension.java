package org.larval.lab.junit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;
import org.larval.lab.report.FlowReport;
import org.larval.lab.report.RunReport;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;
import org.larval.xfrm.SaMissPolicy;

/**
 * Gives a test its lab, ends it after the test, and checks its books: every packet and every
 * message must have come to exactly one end. When the test fails, {@link FailedLab} is printed.
 */
public final class LabExtension implements ParameterResolver, AfterEachCallback {
  private static final Namespace OURS = Namespace.create(LabExtension.class);

  /** The lab of a test, from annotation to run. */
  private record Started(LabSource source, RunOptions options, LabRun run) {}

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == LabRun.class
        && context.getTestMethod().isPresent();
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return started(context).run();
  }

  private static Started started(ExtensionContext context) {
    ExtensionContext.Store store = context.getStore(OURS);
    Started known = store.get(Started.class, Started.class);
    if (known != null) {
      return known;
    }
    Lab lab = annotation(context);
    LabSource source = LabSource.find(lab.value(), context.getRequiredTestClass());
    RunOptions options = options(lab);
    Started started = new Started(source, options, LabRun.start(source.file(), options));
    store.put(Started.class, started);
    return started;
  }

  private static Lab annotation(ExtensionContext context) {
    Optional<Lab> own =
        AnnotationSupport.findAnnotation(context.getRequiredTestMethod(), Lab.class);
    for (Class<?> around = context.getRequiredTestClass();
        own.isEmpty() && around != null;
        around = around.getEnclosingClass()) {
      own = AnnotationSupport.findAnnotation(around, Lab.class);
    }
    return own.orElseThrow(
        () -> new ExtensionConfigurationException("a LabRun needs @Lab(\"a lab file\")"));
  }

  private static RunOptions options(Lab lab) {
    SaMissPolicy policy = null;
    if (!lab.saMiss().isEmpty()) {
      policy = SaMissPolicy.named(lab.saMiss());
      if (policy == null) {
        throw new ExtensionConfigurationException(
            "there is no SA-miss policy '" + lab.saMiss() + "'");
      }
    }
    RunOptions options = RunOptions.PLAIN.forCell(policy, RunOptions.AS_IN_FILE, 0);
    return lab.seed() < 0 ? options : options.withSeed(lab.seed());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    Started started = context.getStore(OURS).get(Started.class, Started.class);
    if (started == null) {
      return;
    }
    Throwable failure = context.getExecutionException().orElse(null);
    AssertionError unbalanced = null;
    LabRun run = started.run();
    try (run) {
      run.finish();
      unbalanced = checkBooks(run.report());
    } catch (RuntimeException problem) {
      unbalanced = new AssertionError("the lab did not come to its end: " + problem, problem);
    }
    if (failure == null && unbalanced == null) {
      return;
    }
    FailedLab.print(testName(context), started.source(), started.options(), run, System.err);
    if (failure == null && unbalanced != null) {
      throw unbalanced;
    }
    if (failure != null && unbalanced != null) {
      failure.addSuppressed(unbalanced);
    }
  }

  private static String testName(ExtensionContext context) {
    return context.getRequiredTestClass().getSimpleName()
        + "."
        + context.getRequiredTestMethod().getName();
  }

  /** What does not add up, or null. */
  static @Nullable AssertionError checkBooks(RunReport report) {
    List<String> wrong = new ArrayList<>();
    if (!report.packets().balances()) {
      wrong.add("packets: " + report.packets());
    }
    for (FlowReport flow : report.flows()) {
      int ends =
          flow.delivered() + flow.lostTotal() + flow.refusedTotal() + flow.asleep() + flow.held();
      if (ends != flow.offered()) {
        wrong.add("flow " + flow.flow() + ": " + flow.offered() + " offered, " + ends + " ended");
      }
    }
    return wrong.isEmpty()
        ? null
        : new AssertionError("the books do not balance: " + String.join("; ", wrong));
  }
}
