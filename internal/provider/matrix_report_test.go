package provider

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"
)

// faultsVariable names the file to which TestFaults writes its table.
const faultsVariable = "REBILLY_TEST_FAULTS_TABLE"

// writeFaults writes the table to the file that the environment names.
func writeFaults(t *testing.T, lines []string) {
	t.Helper()
	name := os.Getenv(faultsVariable)
	if name == "" {
		return
	}
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "RESULT\tFAULT\tOBJECT\tEXPECTED\tLASTING\tONCE\tWHAT THE USER READS")
	lines = slices.DeleteFunc(lines, func(line string) bool { return line == "" })
	_, _ = fmt.Fprintln(table, strings.Join(lines, "\n"))
	_ = table.Flush()
	fmt.Fprintf(&text, "\n%d rows, %d failed\n", len(lines), strings.Count(text.String(), "\nFAIL"))
	if err := os.WriteFile(name, text.Bytes(), 0o600); err != nil {
		t.Error(err)
	}
}

func faultLine(t *testing.T, f fault, o object, lasting, once observed) string {
	t.Helper()
	result, reads := "pass", "-"
	if t.Failed() {
		result = "FAIL"
	}
	if len(lasting.diagnostics) > 0 {
		first, _, _ := strings.Cut(lasting.diagnostics[0].Detail, "\n\n")
		reads = lasting.diagnostics[0].Summary + ": " + temporaryFolder.ReplaceAllString(first, "")
	}

	return strings.Join([]string{result, f.name, o.name, string(f.expectation(o).outcome), lasting.effort(), once.effort(), reads}, "\t")
}

// effort returns the number of requests and the time that they took.
func (o observed) effort() string {
	if o.requests == 0 {
		return "-"
	}

	return fmt.Sprintf("%d requests, %s", o.requests, o.took.Round(time.Second))
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
	entries, err := tflogtest.MultilineJSONDecode(strings.NewReader(log))
	if err != nil {
		t.Fatalf("the log is not JSON: %v: %q", err, log)
	}
	exchanges := 0
	for _, entry := range entries {
		if entry["@message"] == "Rebilly API request" {
			exchanges++
		}
		if text := fmt.Sprint(entry); controlCharacters.MatchString(text) {
			t.Errorf("the log has a control character: %q", text)
		}
	}
	if exchanges == 0 {
		t.Errorf("no exchange was logged: %s", log)
	}
}
