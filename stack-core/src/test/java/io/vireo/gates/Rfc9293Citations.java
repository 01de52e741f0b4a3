// SPDX-License-Identifier: Apache-2.0
package io.vireo.gates;

import com.github.javaparser.JavaParser;
import com.github.javaparser.ParserConfiguration;
import com.github.javaparser.ParserConfiguration.LanguageLevel;
import com.github.javaparser.ast.CompilationUnit;
import com.github.javaparser.ast.body.MethodDeclaration;
import com.github.javaparser.ast.body.TypeDeclaration;
import com.github.javaparser.ast.expr.AnnotationExpr;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which tests cite which of the numbered items of RFC 9293. A test cites what stands in the comment right above it or behind its annotation,
 * as MUST-12, SHLD-3, or MUST-24 to MUST-27; a test class what stands in its Javadoc.
 */
final class Rfc9293Citations {
  private static final Pattern ITEM = Pattern.compile("\\b(MUST|SHLD|MAY|REC)-(\\d+)\\b");
  private static final Pattern ITEMS =
      Pattern.compile("\\b(MUST|SHLD|MAY|REC)-(\\d+) to (?:MUST|SHLD|MAY|REC)-(\\d+)\\b");
  private static final List<String> TESTS =
      List.of("Test", "ParameterizedTest", "TestFactory", "RepeatedTest");

  /** From an item to the tests, as Class.method or Class, in the order of their names. */
  final Map<String, Set<String>> tests = new TreeMap<>();

  private final JavaParser parser =
      new JavaParser(new ParserConfiguration().setLanguageLevel(LanguageLevel.JAVA_17));

  /** Reads the tests of every module under the root of the project. */
  static Rfc9293Citations ofModules(Path root) throws IOException {
    Rfc9293Citations citations = new Rfc9293Citations();
    try (Stream<Path> modules = Files.list(root)) {
      for (Path module : modules.toList()) {
        Path sources = module.resolve(Path.of("src", "test", "java"));
        if (Files.isDirectory(sources)) {
          citations.addTree(sources);
        }
      }
    }
    return citations;
  }

  private void addTree(Path sources) throws IOException {
    try (Stream<Path> files = Files.walk(sources)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        String source = Files.readString(file);
        // Most files cite nothing, and parsing takes its time.
        if (ITEM.matcher(source).find()) {
          add(source);
        }
      }
    }
  }

  void add(String source) {
    CompilationUnit unit = parser
        .parse(source)
        .getResult()
        .orElseThrow(() -> new AssertionError("cannot be parsed: " + source));
    List<String> lines = source.lines().toList();
    TypeDeclaration<?> type = unit.getType(0);
    List<MethodDeclaration> methods = unit.findAll(MethodDeclaration.class).stream()
        .filter(Rfc9293Citations::isTest)
        .toList();
    for (MethodDeclaration method : methods) {
      int begin = method.getBegin().orElseThrow().line;
      int name = method.getName().getBegin().orElseThrow().line;
      cite(
          commentAbove(lines, begin) + commentsBehind(lines.subList(begin - 1, name)),
          type.getNameAsString() + "." + method.getNameAsString());
    }
    if (!methods.isEmpty()) {
      cite(commentAbove(lines, type.getBegin().orElseThrow().line), type.getNameAsString());
    }
  }

  private static boolean isTest(MethodDeclaration method) {
    return method.getAnnotations().stream()
        .map(AnnotationExpr::getNameAsString)
        .anyMatch(TESTS::contains);
  }

  /** The lines of comment that end right above a line, counted from 1. */
  private static String commentAbove(List<String> lines, int line) {
    StringBuilder comment = new StringBuilder();
    for (int i = line - 2; i >= 0; i--) {
      String text = lines.get(i).strip();
      if (!text.startsWith("//") && !text.startsWith("*") && !text.startsWith("/*")) {
        break;
      }
      comment.insert(0, text.replaceFirst("^(//|/?\\*+/?)", " "));
    }
    return comment.toString();
  }

  private static String commentsBehind(List<String> lines) {
    return lines.stream()
        .filter(line -> line.contains(" // "))
        .map(line -> line.substring(line.indexOf(" // ")))
        .collect(Collectors.joining());
  }

  private void cite(String comment, String test) {
    Matcher item = ITEM.matcher(comment);
    while (item.find()) {
      tests.computeIfAbsent(item.group(), key -> new TreeSet<>()).add(test);
    }
    Matcher items = ITEMS.matcher(comment);
    while (items.find()) {
      int last = Integer.parseInt(items.group(3));
      for (int number = Integer.parseInt(items.group(2)); number <= last; number++) {
        tests
            .computeIfAbsent(items.group(1) + "-" + number, key -> new TreeSet<>())
            .add(test);
      }
    }
  }
}
