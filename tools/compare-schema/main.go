// Command compare-schema compares the fake's OpenAPI document with the one that
// Rebilly publishes, and prints each difference on one line.
//
// Usage:
//
//	compare-schema ours theirs...
//
// For example:
//
//	git clone --depth 1 https://github.com/Rebilly/api-definitions .work/api-definitions
//	go build -C tools/compare-schema -o ../../.bin/compare-schema .
//	.bin/compare-schema internal/rebillytest/openapi.yaml .work/api-definitions/openapi/openapi.yaml
//
// The documents are YAML or JSON, and may refer to other files in their folders.
// The exit status is 1 if there are differences, and 2 if a document cannot be
// read.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run prints the differences between the documents that arguments name, and
// returns the exit status.
func run(arguments []string, output, errors io.Writer) (status int) {
	if len(arguments) < 2 {
		_, _ = fmt.Fprintln(errors, "Usage: compare-schema ours theirs...")

		return 2
	}
	ours, theirs := schema{}, schema{}
	for i, name := range arguments {
		target, wanted := theirs, ours.covers
		if i == 0 {
			target, wanted = ours, everything
		}
		if err := readFile(name, target, wanted); err != nil {
			_, _ = fmt.Fprintf(errors, "Could not read %s: %v\n", name, err)

			return 2
		}
	}
	for _, difference := range compare(ours, theirs) {
		status = 1
		_, _ = fmt.Fprintln(output, difference)
	}

	return status
}

// readFile adds the wanted operations of the document in the file name to target.
// References that lead out of the file's folder are errors: the document is
// somebody else's, and what it says is published.
func readFile(name string, target schema, wanted func(operation string) bool) error {
	folder, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer func() { _ = folder.Close() }()

	return read(folder.FS(), filepath.Base(name), target, wanted)
}
