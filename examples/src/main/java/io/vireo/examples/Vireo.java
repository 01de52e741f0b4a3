// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The vireo command: each of its subcommands is a small program on the public API of the stack. */
@Command(
    name = "vireo",
    description = "A TCP/IP stack in user space, in pure Java: its demo and small programs."
        + " The script ./vireo also knows bench, which measures it.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Vireo.Version.class,
    scope = ScopeType.INHERIT,
    sortOptions = false,
    usageHelpAutoWidth = true,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:all went well",
      "1:it did not, or the device was refused: one line says why",
      "2:wrong arguments: one line says which",
      "130:ended by Ctrl-C (143: by SIGTERM), after a summary of counters",
    })
public final class Vireo implements Runnable {
  private static final long DEFAULT_SECONDS = 10;
  private static final long LONGEST_SECONDS = 1_000_000_000;

  /** A message of no meaning, for those who read none into it. */
  private static final String SOMETHING = "0123456789abcdef".repeat(4);

  @Spec
  private CommandSpec spec;

  private Vireo() {}

  /** Runs a command and exits with its status, or with that of the signal that ended it. */
  public static void main(String[] args) {
    PrintWriter out = new PrintWriter(System.out, true, UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, UTF_8);
    int status = run(out, err, args);
    if (status != PollLoop.INTERRUPTED) {
      System.exit(status);
    }
    // Else the JVM is ending, with the signal's status. Once its hooks have run, System.exit would
    // put ours in its place.
  }

  /** Runs a command and returns its exit status. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    return new CommandLine(new Vireo())
        .setOut(out)
        .setErr(err)
        .setParameterExceptionHandler((e, all) -> {
          String name = e.getCommandLine().getCommandSpec().qualifiedName();
          err.println(name + ": " + refusal(e) + " (see " + name + " --help)");
          return CommandLine.ExitCode.USAGE;
        })
        .setExecutionExceptionHandler((e, command, result) -> {
          if (!(e instanceof Refusal
              || e instanceof IOException
              || e instanceof UncheckedIOException)) {
            throw e;
          }
          Throwable cause = e instanceof UncheckedIOException ? e.getCause() : e;
          err.println(command.getCommandSpec().qualifiedName() + ": " + oneLine(cause));
          return CommandLine.ExitCode.SOFTWARE;
        })
        .execute(args);
  }

  private static String refusal(ParameterException e) {
    if (!(e instanceof UnmatchedArgumentException unmatched) || unmatched.isUnknownOption()) {
      return oneLine(e);
    }
    String first = unmatched.getUnmatched().get(0);
    return e.getCommandLine().getParent() == null
        ? "there is no command '" + first + "'"
        : "'" + first + "' is one argument too many";
  }

  private static String oneLine(Throwable e) {
    return String.valueOf(e.getMessage()).strip().replaceAll("\\s*\\R\\s*", " ");
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  @Command(
      description = "Runs the HTTP server on Vireo in a private network namespace, drives it with"
          + " clients on the kernel's TCP, verifies every byte and reports.")
  int demo() throws IOException, Refusal, InterruptedException {
    return new Demo(spec.commandLine().getOut()).run();
  }

  @Command(description = "Answers HTTP/1.1: GET, GET /bytes/N, PUT and POST (with SHA-256).")
  int http(@Mixin ServerOptions options, @Mixin WarmUpOption warmUp) throws IOException {
    return options.serve(HttpServer::new, warmUp.with("GET / HTTP/1.1\r\nHost: vireo\r\n\r\n"));
  }

  @Command(description = "Sends back what comes.")
  int echo(@Mixin ServerOptions options, @Mixin WarmUpOption warmUp) throws IOException {
    return options.serve(EchoServer::new, warmUp.with(SOMETHING));
  }

  @Command(description = "Reads and drops.")
  int discard(@Mixin ServerOptions options, @Mixin WarmUpOption warmUp) throws IOException {
    return options.serve(DiscardServer::new, warmUp.with(SOMETHING));
  }

  @Command(description = "Counts; at the end of input replies \"Received N bytes\" and closes.")
  int count(@Mixin ServerOptions options, @Mixin WarmUpOption warmUp) throws IOException {
    return options.serve(CountServer::new, warmUp.with(SOMETHING));
  }

  @Command(description = "Standard input to a connection and back; a half-close at its end.")
  int nc(@Mixin ClientOptions options) throws IOException, Refusal {
    // Not System.out, which is made for text and swallows errors.
    FileChannel input = new FileInputStream(FileDescriptor.in).getChannel();
    FileChannel output = new FileOutputStream(FileDescriptor.out).getChannel();
    return options.run(stack -> new Netcat(stack, input, output));
  }

  @Command(
      description =
          "Round trips with an echo server: latencies in microseconds. As many round trips"
              + " go before, at most 10,000, and are not counted.")
  int pingpong(
      @Mixin ClientOptions options,
      @Option(
              names = "--size",
              defaultValue = "64",
              paramLabel = "N",
              description = "Bytes per message (64).")
          int size,
      @Option(
              names = "--count",
              defaultValue = "100000",
              paramLabel = "N",
              description = "Round trips to measure (100,000).")
          long count)
      throws IOException, Refusal {
    options.check("--size", size, 1, 1 << 20);
    options.check("--count", count, 1, 1L << 40);
    return options.run(stack -> new PingPong(size, count));
  }

  @Command(
      description =
          "Sends as fast as it goes, for 10 seconds if nothing else is said, then finishes and"
              + " waits for the peer's end. Prints Mbit/s; the last line is for programs.")
  int send(
      @Mixin ClientOptions options,
      @Option(names = "--bytes", paramLabel = "N", description = "Ends after so many bytes.")
          Long bytes,
      @Option(names = "--seconds", paramLabel = "S", description = "Ends after so many seconds.")
          Long seconds,
      @Mixin LiveOption live)
      throws IOException, Refusal {
    long most = bytes == null ? Long.MAX_VALUE : bytes;
    long longest = seconds != null ? seconds : bytes != null ? LONGEST_SECONDS : DEFAULT_SECONDS;
    options.check("--bytes", most, 1, Long.MAX_VALUE);
    options.check("--seconds", longest, 1, LONGEST_SECONDS);
    return options.run(BulkSender::settings, stack -> {
      Throughput throughput = new Throughput(stack, System::nanoTime, options.out(), live.on());
      return new BulkSender(most, TimeUnit.SECONDS.toNanos(longest), throughput);
    });
  }

  @Command(
      description = "Reads, drops and counts up to the end of input, then closes. Prints Mbit/s;"
          + " the last line about a connection is for programs.")
  int sink(@Mixin ServerOptions options, @Mixin LiveOption live) throws IOException {
    return options.serve(
        SinkServer::settings,
        stack -> new SinkServer(new Throughput(stack, System::nanoTime, options.out(), live.on())),
        SinkServer::interrupted,
        null);
  }

  /** Whether to rehearse before. */
  static final class WarmUpOption {
    @Option(
        names = "--warm-up",
        description = "Rehearses first, for up to 10 s: what comes then is served by warm code.")
    private boolean warmUp;

    /** What is to be rehearsed with, or null. */
    String with(String sample) {
      return warmUp ? sample : null;
    }
  }

  /** Whether to print while it goes on. */
  static final class LiveOption {
    @Option(
        names = "--live",
        description = "A line each second; so it is, without, if the output is a terminal.")
    private boolean live;

    boolean on() {
      return live || Throughput.watched();
    }
  }

  /** The version of this build. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
      try (InputStream in = Vireo.class.getResourceAsStream("version.txt")) {
        return new String[] {"vireo " + new String(in.readAllBytes(), UTF_8).strip()};
      }
    }
  }
}
