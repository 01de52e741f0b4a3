// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vireo.nic.linux.NetworkPair;
import io.vireo.nic.linux.VethPair;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command vireo bench: measures, and writes what it has measured. */
@Command(
    name = "vireo bench",
    description = {
      "Measures Vireo: in memory beside what other stacks were measured at; over a TAP beside the floor, the kernel's TCP"
          + " and other servers, in networks of its own. Some ten minutes.",
      "Writes bench.json and report.html."
    },
    sortOptions = false,
    usageHelpAutoWidth = true,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:measured; what could not be is listed, with the reason",
      "1:nothing could be: one line says why",
      "2:wrong arguments: one line says which",
    })
public final class Bench implements Callable<Integer> {
  private static final int QUICK_POPULATION = 10_000;
  private static final int FULL_POPULATION = 100_000;
  private static final int LARGEST_POPULATION = 1_000_000;

  @Spec
  private CommandLine.Model.CommandSpec spec;

  @Option(names = "--quick", description = "Less than a minute, and less to be trusted.")
  private boolean quick;

  @Option(names = "--tiny", hidden = true)
  private boolean tiny;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where the results go (bench-results/DATE-TIME of the project).")
  private Path directory;

  @SuppressWarnings("UnusedVariable") // picocli acts on it
  @Option(names = "--help", usageHelp = true, description = "Shows this help.")
  private boolean help;

  private final Map<Section.Id, Section> sections = new EnumMap<>(Section.Id.class);

  private Bench() {}

  /** Runs, and exits with its status. */
  public static void main(String[] args) {
    System.setProperty("jmh.ignoreLock", "true"); // who else measures here is the user's affair
    System.setProperty("java.awt.headless", "true");
    System.exit(run(
        new PrintWriter(System.out, true, UTF_8), new PrintWriter(System.err, true, UTF_8), args));
  }

  static int run(PrintWriter out, PrintWriter err, String... args) {
    return new CommandLine(new Bench())
        .setOut(out)
        .setErr(err)
        .setParameterExceptionHandler((e, all) -> {
          err.println("vireo bench: " + oneLine(e) + " (see vireo bench --help)");
          return CommandLine.ExitCode.USAGE;
        })
        .setExecutionExceptionHandler((e, command, result) -> {
          err.println("vireo bench: " + oneLine(e));
          return CommandLine.ExitCode.SOFTWARE;
        })
        .execute(args);
  }

  private static String oneLine(Exception e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    return message.strip().replaceAll("\\s*\\R\\s*", " ");
  }

  @Override
  public Integer call() throws IOException {
    if (directory != null && Files.exists(directory) && !Files.isDirectory(directory)) {
      throw new ParameterException(
          spec.commandLine(), "--out: " + directory + " is not a directory");
    }
    Effort effort = tiny ? Effort.TINY : quick ? Effort.QUICK : Effort.FULL;
    Path root = Path.of(System.getProperty("vireo.root", ".")).toAbsolutePath().normalize();
    Path results = directory == null
        ? root.resolve(Path.of("bench-results", now()))
        : directory.toAbsolutePath();
    Files.createDirectories(results);
    String command = "vireo bench" + (quick ? " --quick" : "") + (tiny ? " --tiny" : "");
    BenchResult result = measure(effort, root, Machine.here(root, command), results);
    result.write(results.resolve("bench.json"));
    Files.writeString(results.resolve("report.html"), Report.of(result));
    PrintWriter out = spec.commandLine().getOut();
    Summary.print(result, out);
    out.println(results.resolve("bench.json"));
    out.println(results.resolve("report.html"));
    return CommandLine.ExitCode.OK;
  }

  private static String now() {
    return LocalDateTime.now(ZoneId.systemDefault())
        .format(DateTimeFormatter.ofPattern("yyyy-MM-dd-HHmmss"));
  }

  private BenchResult measure(Effort effort, Path root, Machine machine, Path results)
      throws IOException {
    for (Section.Id id : Section.Id.values()) {
      sections.put(id, Section.empty(id));
    }
    Path logs = Files.createDirectories(results.resolve("logs"));
    try (Programs programs = new Programs(logs)) {
      inMemory(effort, programs, logs);
      overNetworks(effort, programs, root);
    }
    return BenchResult.of(machine, List.copyOf(sections.values()));
  }

  private void inMemory(Effort effort, Programs programs, Path logs) {
    PrintWriter out = spec.commandLine().getOut();
    long freeMib = Machine.memoryMib("MemAvailable");
    List<MemoryCase> cases = MemoryCase.of(effort, freeMib);
    new InMemory(effort, logs, out).run(cases, sections);
    attempt(Section.Id.MEMORY, () -> {
      Section section = sections.get(Section.Id.MEMORY);
      Footprint.measure(effort.full() ? FULL_POPULATION : QUICK_POPULATION, programs, section);
      int[] populations = MemoryCase.populations(effort, freeMib);
      if (populations[populations.length - 1] == LARGEST_POPULATION) {
        Footprint.measure(LARGEST_POPULATION, programs, section);
      }
    });
  }

  private void overNetworks(Effort effort, Programs programs, Path root) throws IOException {
    Path directory = Files.createTempDirectory("vireo-bench");
    try (NetworkPair network = new VethPair()) {
      attempt(
          Section.Id.LATENCY,
          () -> new Latency(effort, programs, network).measure(sections.get(Section.Id.LATENCY)));
      attempt(
          Section.Id.FIRST,
          () ->
              new FirstMessages(effort, programs, network).measure(sections.get(Section.Id.FIRST)));
      attempt(
          Section.Id.HTTP,
          () -> new HttpLoad(effort, programs, network, root, directory)
              .measure(sections.get(Section.Id.HTTP)));
    } catch (Exception e) {
      String reason = "no networks of its own: " + oneLine(e)
          + " (as root it works, or where user namespaces are allowed)";
      for (Section.Id id : List.of(Section.Id.LATENCY, Section.Id.FIRST, Section.Id.HTTP)) {
        sections.get(id).notMeasured().add(reason);
      }
    } finally {
      programs.close();
      delete(directory);
    }
  }

  private interface Measurement {
    void run() throws Exception;
  }

  /** What goes wrong costs the rest of a section, not of the bench. */
  private void attempt(Section.Id id, Measurement measurement) {
    spec.commandLine().getOut().println("  " + id.title);
    try {
      measurement.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      sections.get(id).notMeasured().add("the rest: " + oneLine(e));
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
