// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A network namespace for one test: a thread that lives in it, and whatever is started from there.
 *
 * <p>On Linux the namespace belongs to the thread, and is inherited. So code that runs here sees no
 * interface but a loopback interface of its own; TAPs that it opens, sockets, threads and programs
 * that it starts live in the same network. Nothing is to be cleaned up: with its last thread and
 * its last program, the network goes.
 *
 * <p>Beware of threads that the JDK starts on first use and keeps (the common pool, HttpClient's):
 * they stay in the network that started them. A test gives them threads of its own.
 */
public final class PrivateNetwork implements AutoCloseable {
  private static final Path IPV6_OFF = Path.of("/proc/sys/net/ipv6/conf/default/disable_ipv6");
  private static final int PROGRAM_SECONDS = 120;

  private final ExecutorService executor = Executors.newSingleThreadExecutor(task -> {
    Thread made = new Thread(task, "private-network");
    made.setDaemon(true);
    return made;
  });
  private final Thread thread;

  /** What a test does in the network. */
  @FunctionalInterface
  public interface Action {
    void run() throws Throwable;
  }

  /**
   * Makes the network; its loopback interface is up, and IPv6 is off, so that the kernel sends
   * nothing of its own accord. Needs the rights that NeedsTap asks for.
   */
  public PrivateNetwork() throws Exception {
    thread = executor.submit(Thread::currentThread).get();
    run(() -> {
      LibC.load("lo");
      SystemCalls.check(SystemCalls.CALLS.unshare(SystemCalls.CLONE_NEWNET), "unshare");
      if (Files.isWritable(IPV6_OFF)) {
        Files.writeString(IPV6_OFF, "1");
      }
      LinuxInterface.up("lo");
    });
  }

  /** Runs it in the network and waits for its end; its failure is thrown here. */
  public void run(Action action) throws Exception {
    call(() -> {
      try {
        action.run();
      } catch (Exception | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
      return null;
    });
  }

  /** Runs it in the network and waits for its result; its failure is thrown here. */
  public <T> T call(Callable<T> task) throws Exception {
    if (Thread.currentThread() == thread) {
      return task.call(); // a test that runs in the network itself
    }
    Future<T> result = executor.submit(task);
    try {
      return result.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (Exception) e.getCause(); // a Callable throws nothing else
    } catch (InterruptedException e) {
      result.cancel(true); // a timeout of the test: whoever runs in there shall end, too
      throw e;
    }
  }

  /** Starts a program in the network: its output and its errors come in one stream. */
  public Process start(String... command) throws Exception {
    return call(() -> new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  /** Runs a program in the network to its end and returns its output. It must succeed. */
  public String execute(String... command) throws Exception {
    Process process = start(command);
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(PROGRAM_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException(String.join(" ", command) + " did not end: " + output);
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            String.join(" ", command) + " exited with " + process.exitValue() + ": " + output);
      }
      return output;
    } finally {
      process.destroyForcibly();
    }
  }

  /** Gives the kernel's side of an interface its address (10.77.0.1/24) and brings it up. */
  public void up(String interfaceName, String addressAndPrefix) throws Exception {
    run(() -> {
      LinuxInterface.address(interfaceName, addressAndPrefix);
      LinuxInterface.up(interfaceName);
    });
  }

  /** Ends the thread, after interrupting what it still does. */
  @Override
  public void close() {
    executor.shutdownNow();
  }
}
