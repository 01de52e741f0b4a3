// SPDX-License-Identifier: Apache-2.0
package io.vireo.gates;

import com.github.javaparser.JavaParser;
import com.github.javaparser.JavaToken;
import com.github.javaparser.ParserConfiguration;
import com.github.javaparser.ParserConfiguration.LanguageLevel;
import com.github.javaparser.ast.CompilationUnit;
import com.github.javaparser.ast.Node;
import com.github.javaparser.ast.body.CallableDeclaration;
import com.github.javaparser.ast.body.CompactConstructorDeclaration;
import com.github.javaparser.ast.body.InitializerDeclaration;
import com.github.javaparser.ast.body.TypeDeclaration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Lines of code of source files and of their methods: lines that hold more than blanks and
 * comments. A file is named by its path, a method by that and {@code #Type.method(parameters)}.
 */
final class SourceSizes {
  final Map<String, Integer> files = new TreeMap<>();
  final Map<String, Integer> methods = new TreeMap<>();

  private final JavaParser parser =
      new JavaParser(new ParserConfiguration().setLanguageLevel(LanguageLevel.JAVA_17));

  /** Measures the sources of every module under the root of the project. */
  static SourceSizes ofModules(Path root) throws IOException {
    SourceSizes sizes = new SourceSizes();
    try (Stream<Path> modules = Files.list(root)) {
      for (Path module : modules.toList()) {
        Path sources = module.resolve(Path.of("src", "main", "java"));
        if (Files.isDirectory(sources)) {
          sizes.addTree(root, sources);
        }
      }
    }
    return sizes;
  }

  private void addTree(Path root, Path sources) throws IOException {
    try (Stream<Path> files = Files.walk(sources)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        add(root.relativize(file).toString(), Files.readString(file));
      }
    }
  }

  void add(String file, String source) {
    CompilationUnit unit = parser
        .parse(source)
        .getResult()
        .orElseThrow(() -> new AssertionError(file + " cannot be parsed"));
    files.put(file, linesOfCode(unit));
    unit.walk(node -> {
      String name = nameOf(node);
      if (name != null) {
        methods.merge(file + "#" + name, linesOfCode(node), Math::max);
      }
    });
  }

  private static String nameOf(Node node) {
    if (node instanceof CallableDeclaration<?> callable) {
      return typeOf(node) + callable.getSignature().asString();
    }
    if (node instanceof CompactConstructorDeclaration constructor) {
      return typeOf(node) + constructor.getNameAsString();
    }
    return node instanceof InitializerDeclaration ? typeOf(node) + "{}" : null;
  }

  /** The innermost named type around a node; of an anonymous class, the type that it is in. */
  private static String typeOf(Node node) {
    Node parent = node.getParentNode().orElseThrow();
    return parent instanceof TypeDeclaration<?> type
        ? type.getNameAsString() + "."
        : typeOf(parent);
  }

  private static int linesOfCode(Node node) {
    BitSet lines = new BitSet();
    for (JavaToken token : node.getTokenRange().orElseThrow()) {
      if (!token.getCategory().isWhitespaceOrComment() && !token.getText().isEmpty()) {
        token.getRange().ifPresent(range -> lines.set(range.begin.line, range.end.line + 1));
      }
    }
    return lines.cardinality();
  }
}
