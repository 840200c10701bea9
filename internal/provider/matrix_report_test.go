package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// faultsVariable names the file to which TestFaults writes its table.
const faultsVariable = "REBILLY_TEST_FAULTS_TABLE"

// row is a row of the table.
type row struct {
	fault, object, expected string
	lasting, once           observed
	passed                  bool
}

// writeFaults writes the table to the file that the environment names.
func writeFaults(t *testing.T, keys []string, rows map[string]row) {
	t.Helper()
	name := os.Getenv(faultsVariable)
	if name == "" {
		return
	}
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "RESULT\tFAULT\tOBJECT\tEXPECTED\tLASTING\tONCE\tWHAT THE USER READS")
	failed := 0
	for _, key := range keys {
		row, ran := rows[key]
		if !ran {
			continue
		}
		result := "pass"
		if !row.passed {
			result = "FAIL"
			failed++
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", result, row.fault, row.object, row.expected,
			row.lasting.effort(), row.once.effort(), gist(row.lasting.diagnostics))
	}
	_ = table.Flush()
	fmt.Fprintf(&text, "\n%d rows, %d failed\n", len(rows), failed)
	if err := os.WriteFile(name, text.Bytes(), 0o600); err != nil {
		t.Error(err)
	}
}

// effort returns the number of requests and the time that they took.
func (o observed) effort() string {
	switch o.requests {
	case 0:
		return "-"
	case 1:
		return fmt.Sprintf("1 request, %s", o.took.Round(time.Second))
	default:
		return fmt.Sprintf("%d requests, %s", o.requests, o.took.Round(time.Second))
	}
}

// gist returns the summary of a diagnostic and its first sentence, on one line.
func gist(diagnostics []*tfprotov6.Diagnostic) string {
	if len(diagnostics) == 0 {
		return "-"
	}
	first, _, _ := strings.Cut(diagnostics[0].Detail, "\n\n")

	return diagnostics[0].Summary + ": " + temporaryFolder.ReplaceAllString(first, "")
}

// temporaryFolder is the folder of a download, which differs between runs.
var temporaryFolder = regexp.MustCompile(`/\S*/TestFaults\S*/`)

var controlCharacters = regexp.MustCompile(`[\x00-\x1f\x7f-\x9f\x{2028}\x{2029}\x{202a}-\x{202e}]`)

// checkHarmless fails the test if diagnostics have a secret, a character that
// controls a terminal, or a line that is not the provider's.
func checkHarmless(t *testing.T, diagnostics []*tfprotov6.Diagnostic) {
	t.Helper()
	text := messages(diagnostics)
	mustNotShow(t, "the diagnostic", text, secrets...)
	if strings.Contains(text, "\nError: forged") {
		t.Errorf("the diagnostic has a forged line: %s", text)
	}
	// Newlines are the provider's own.
	if found := controlCharacters.FindString(strings.ReplaceAll(text, "\n", "")); found != "" {
		t.Errorf("the diagnostic has the control character %q: %q", found, text)
	}
}

// checkHarmlessLog is checkHarmless for a log, which consists of lines of JSON.
func checkHarmlessLog(t *testing.T, log string) {
	t.Helper()
	mustNotShow(t, "the log", log, secrets...)
	exchanges := 0
	for line := range strings.Lines(log) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("the log has a line that is not JSON: %v: %q", err, line)
		}
		if entry["@message"] == "Rebilly API request" {
			exchanges++
		}
		for name, value := range entry {
			if found := controlCharacters.FindString(fmt.Sprint(value)); found != "" {
				t.Errorf("the log has the control character %q in %s: %q", found, name, value)
			}
		}
	}
	if exchanges == 0 {
		t.Errorf("no exchange was logged: %s", log)
	}
}
