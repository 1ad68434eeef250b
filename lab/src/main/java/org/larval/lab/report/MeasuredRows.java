package org.larval.lab.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.Where;
import org.larval.lab.report.CompareReport.Figure;
import org.larval.lab.report.CompareReport.Verdict;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * What a real kernel did, one JSON object a run, and how a cell of ours stands to it.
 *
 * <p>A count must lie between the least and the most measured, widened by 2 packets or 2 %,
 * whichever is more. A time must lie in the measured band widened by 15 ms. For a connected UDP
 * socket the kernel's batches depend on the scheduling of the measured machine, so only their shape
 * is compared: nothing lost, nothing reordered, first delivery and greatest delay as above.
 */
public final class MeasuredRows {
  private static final double SLACK_MS = 15;
  private static final double SLACK_PACKETS = 2;
  private static final double SLACK_SHARE = 0.02;

  private final List<Row> rows;

  /**
   * A measured run.
   *
   * @param kernel the number of its file, 0 for the kernel that the lab names
   */
  private record Row(int kernel, JsonNode json) {}

  private MeasuredRows(List<Row> rows) {
    this.rows = rows;
  }

  /**
   * Reads JSON lines of several kernels, the one that the lab names first.
   *
   * @throws LabFileException if the file cannot be read or a line is no JSON object
   */
  public static MeasuredRows read(List<Path> files) {
    List<Row> rows = new ArrayList<>();
    for (int kernel = 0; kernel < files.size(); kernel++) {
      for (JsonNode json : lines(files.get(kernel))) {
        rows.add(new Row(kernel, json));
      }
    }
    return new MeasuredRows(rows);
  }

  private static List<JsonNode> lines(Path file) {
    List<JsonNode> rows = new ArrayList<>();
    ObjectMapper mapper = new ObjectMapper();
    int number = 0;
    try {
      for (String line : Files.readAllLines(file)) {
        number++;
        if (!line.isBlank()) {
          rows.add(mapper.readTree(line));
        }
      }
    } catch (IOException e) {
      throw new LabFileException(
          new Where(file.toString(), 1, 1), "the measured rows cannot be read", "check the path");
    } catch (JacksonException e) {
      throw new LabFileException(
          new Where(file.toString(), number, 1), "this line is not JSON", "one object to a line");
    }
    return rows;
  }

  /**
   * The verdict on a cell, or null where nothing was measured for it.
   *
   * @param larvalDrop net.core.xfrm_larval_drop: 1 drops, 0 queues
   * @param answerAfterMs -1 for never
   * @param forwarded whether the flow was forwarded
   */
  public @Nullable Verdict verdict(
      FlowReport flow, int larvalDrop, double answerAfterMs, boolean forwarded) {
    List<JsonNode> fitting = new ArrayList<>();
    // the hold queue is the same code in all measured kernels, the SYN schedule is not
    boolean anyKernel = larvalDrop == 0 || !flow.kind().equals("tcp");
    for (Row measured : rows) {
      JsonNode row = measured.json();
      if (measured.kernel() > 0 && !anyKernel) {
        continue;
      }
      boolean never = !row.path("km").asString("").equals("install");
      if (row.path("larval_drop").asInt(-1) == larvalDrop
          && row.path("tag").asString("").equals(forwarded ? "forward" : "main")
          && row.path("kind").asString("").equals(flow.kind())
          && (never ? answerAfterMs < 0 : row.path("D").asDouble(-1) == answerAfterMs)) {
        fitting.add(row);
      }
    }
    if (fitting.isEmpty()) {
      return null;
    }
    List<Figure> figures = new ArrayList<>();
    switch (flow.kind()) {
      case "udp" -> udp(flow, fitting, figures);
      case "udp-connected" -> connected(flow, fitting, figures);
      case "tcp" -> tcp(flow, fitting, figures);
      default -> ping(flow, fitting, figures);
    }
    return new Verdict(fitting.size(), figures, figures.stream().allMatch(Figure::inBand));
  }

  private static void udp(FlowReport flow, List<JsonNode> rows, List<Figure> figures) {
    figures.add(count("accepted", flow.offered() - flow.refusedTotal(), rows, "ok"));
    figures.add(count("delivered", flow.delivered(), rows, "rx"));
    figures.add(count("lost", flow.lostTotal() + flow.held(), rows, "lost"));
    figures.add(count("late", flow.late(), rows, "late"));
    figures.add(
        count(
            "EAGAIN",
            eagain(flow),
            rows,
            row -> row.path("errs").path("EAGAIN").path("n").asDouble(0)));
    figures.add(count("reordered", flow.reordered(), rows, "ooo"));
    if (flow.delivered() > 0) {
      figures.add(time("first delivery, ms", flow.firstDeliveredMs(), rows, "first_rx_ms"));
      figures.add(time("latency max, ms", flow.latencyMaxMs(), rows, "lat_max_ms"));
    }
  }

  private static void connected(FlowReport flow, List<JsonNode> rows, List<Figure> figures) {
    if (flow.delivered() == 0 || eagain(flow) == 0) {
      udp(flow, rows, figures);
      return;
    }
    figures.add(count("lost", flow.lostTotal() + flow.held(), rows, "lost"));
    figures.add(count("reordered", flow.reordered(), rows, "ooo"));
    figures.add(time("first delivery, ms", flow.firstDeliveredMs(), rows, "first_rx_ms"));
  }

  private static double eagain(FlowReport flow) {
    FlowReport.Refusals refusals = flow.refused().get("EAGAIN");
    return refusals == null ? 0 : refusals.count();
  }

  private static void tcp(FlowReport flow, List<JsonNode> rows, List<Figure> figures) {
    figures.add(time("established, ms", flow.connectedMs(), rows, "established_ms"));
    figures.add(count("SYN retransmissions", flow.synRetransmissions(), rows, "syn_retrans"));
  }

  private static void ping(FlowReport flow, List<JsonNode> rows, List<Figure> figures) {
    figures.add(count("replies", flow.delivered(), rows, "replies"));
    for (int i = 0; i < flow.rttMs().size(); i++) {
      int number = i;
      figures.add(
          time(
              "rtt " + (i + 1) + ", ms",
              flow.rttMs().get(i),
              rows,
              row -> row.path("rtt_ms").path(number).asDouble(-1)));
    }
  }

  private static Figure count(String name, double ours, List<JsonNode> rows, String field) {
    return count(name, ours, rows, row -> row.path(field).asDouble(0));
  }

  private static Figure count(
      String name, double ours, List<JsonNode> rows, ToDoubleFunction<JsonNode> field) {
    List<Double> measured = rows.stream().map(field::applyAsDouble).toList();
    double least = measured.stream().mapToDouble(d -> d).min().orElse(0);
    double most = measured.stream().mapToDouble(d -> d).max().orElse(0);
    double from = least - Math.max(SLACK_PACKETS, least * SLACK_SHARE);
    double to = most + Math.max(SLACK_PACKETS, most * SLACK_SHARE);
    return new Figure(name, ours, measured, from, to, ours >= from && ours <= to);
  }

  private static Figure time(String name, double ours, List<JsonNode> rows, String field) {
    return time(name, ours, rows, row -> row.path(field).asDouble(-1));
  }

  private static Figure time(
      String name, double ours, List<JsonNode> rows, ToDoubleFunction<JsonNode> field) {
    List<Double> measured = rows.stream().map(field::applyAsDouble).toList();
    double least = measured.stream().mapToDouble(d -> d).min().orElse(-1);
    double most = measured.stream().mapToDouble(d -> d).max().orElse(-1);
    boolean never = most < 0;
    double from = never ? -1 : Math.max(0, least - SLACK_MS);
    double to = never ? -1 : most + SLACK_MS;
    return new Figure(name, ours, measured, from, to, ours >= from && ours <= to);
  }
}
