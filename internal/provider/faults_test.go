package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"text/tabwriter"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// faultsVariable names a file to which TestFaults writes its table.
const faultsVariable = "REBILLY_TEST_FAULTS_TABLE"

// faultHost is the host of the fake API that the faults are of.
const faultHost = "api.example.com"

// fault is something that goes wrong between the provider and Rebilly, and
// what is expected of the provider then.
type fault struct {
	name string
	// connection is what fails, or else answer, which is given the object that
	// asks and the API that it asks.
	connection rebillytest.Connection
	answer     func(object, *rebillytest.API) rebillytest.Fault
	// reads and requests are what becomes of a GET and of a POST.
	reads, requests fate
	// acted is set where the error of a POST must say that an export may have
	// been requested all the same.
	acted bool
	// says is what the user reads of it.
	says []string
	// except has the differences of single objects.
	except map[string]exception
}

// exception replaces what a fault says of objects in general.
type exception struct {
	fate fate
	says []string
}

// fate is what becomes of a request.
type fate string

const (
	retried   fate = "retried"   // the fault is outlasted if it passes, and an error else
	followed  fate = "followed"  // the same by a redirect
	recovered fate = "recovered" // what is missing is asked for again; it hits only once
	final     fate = "final"     // it is an error at once
	fine      fate = "fine"      // it is no fault to the provider
	skipped   fate = "skipped"   // there is nothing to test
)

// passes reports whether a fault is nothing to the user if it hits only once.
func (f fate) passes() bool { return f == retried || f == followed || f == recovered }

// closing is how long crypto/tls tries to take leave of a server that does not
// listen any more.
const closing = 5 * time.Second

// longestRead is five attempts, and the waits of 1, 2, 4 and 8 seconds between
// them.
const longestRead = 5*(rebilly.DefaultRequestTimeout+closing) + 15*time.Second

// faultWait is the time that objects that wait are given to.
const faultWait = 4 * time.Minute

// row is a line of the table.
type row struct {
	fault, object, expected string
	lasting, once           seen
	passed                  bool
}

// seen is what became of an operation.
type seen struct {
	requests    int
	took        time.Duration
	diagnostics []*tfprotov6.Diagnostic
}

func TestFaults(t *testing.T) {
	t.Parallel()
	var (
		mu   sync.Mutex
		rows = map[string]row{}
		keys []string
	)
	for _, fault := range slices.Concat(faultyConnections(), faultyBodies(), faultyAnswers(), faultyRequests()) {
		for _, object := range faultObjects() {
			expected := fault.expectedOf(object)
			if expected.fate == skipped {
				continue
			}
			key := fault.name + ", " + object.name
			keys = append(keys, key)
			t.Run(key, func(t *testing.T) {
				t.Parallel()
				var lasting, once seen
				defer func() {
					mu.Lock()
					defer mu.Unlock()
					rows[key] = row{fault.name, object.name, string(expected.fate), lasting, once, !t.Failed()}
				}()
				if expected.fate != recovered {
					lasting = fault.strike(t, object, true)
				}
				if expected.fate.passes() {
					once = fault.strike(t, object, false)
				}
			})
		}
	}
	t.Cleanup(func() { writeFaults(t, keys, rows) })
}

// expectedOf returns what becomes of the object by the fault.
func (f fault) expectedOf(o object) exception {
	if expected, ok := f.except[o.name]; ok {
		return expected
	}
	if o.posts {
		return exception{f.requests, f.says}
	}

	return exception{f.reads, f.says}
}

// strike has the fault hit the object, for good or once, and checks what
// becomes of it.
func (f fault) strike(t *testing.T, o object, forGood bool) (result seen) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		api := rebillytest.NewFor(t)
		api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("x", rebillytest.Created),
			rebillytest.Stage{Status: rebilly.StatusQueued, Reads: 1}, rebillytest.Stage{Status: rebilly.StatusCompleted})
		network, terraform := faultyWorld(t, o, api, func(network *rebillytest.Network) { f.install(o, api, network, forGood) })
		terraform.ctx = tflogtest.RootLogger(t.Context(), &log)

		start := time.Now()
		attributes, diagnostics := o.run(terraform)
		result = seen{max(len(api.Requests()), network.Dials()) - o.before, time.Since(start), diagnostics}

		expected := f.expectedOf(o)
		outlasted := !forGood && expected.fate.passes()
		if outlasted {
			expected = exception{fate: fine}
		}
		f.checkOutcome(t, o, expected, result)
		f.checkEffort(t, o, expected.fate, outlasted, result)
		if f.acted && o.posts {
			checkOnePOST(t, api)
		}
		o.intact(t, len(diagnostics) > 0, attributes)
		checkHarmless(t, diagnostics)
		checkHarmlessLog(t, log.String())
	})

	return result
}

// faultyWorld returns the provider on a network to api. Install is called once
// the object has what it needs before the fault.
func faultyWorld(t *testing.T, o object, api *rebillytest.API, install func(*rebillytest.Network)) (*rebillytest.Network, protocol) {
	t.Helper()
	var network *rebillytest.Network
	calm := o.before
	network = rebillytest.ServeInMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calm > 0 {
			// What comes next needs a connection of its own, for it to fail.
			w.Header().Set("Connection", "close")
			if calm--; calm == 0 {
				defer install(network)
			}
		}
		api.ServeHTTP(w, r)
	}), faultHost)
	if calm == 0 {
		install(network)
	}

	transport := rebilly.NewTransport()
	transport.Proxy = nil
	transport.DialContext, transport.TLSClientConfig = network.Dial, network.Trust()
	t.Cleanup(transport.CloseIdleConnections)
	terraform := speak(t, surroundings{getenv: environment(nil), transport: transport})
	mustSucceed(t, terraform.configure(values{"api_key": rebillytest.SecretKey, "base_url": "https://" + faultHost}))

	return network, terraform
}

// install has everything from now on hit by the fault, or what comes next.
func (f fault) install(o object, api *rebillytest.API, network *rebillytest.Network, forGood bool) {
	switch {
	case f.connection != nil && forGood:
		network.FailAlways(f.connection)
	case f.connection != nil:
		network.Fail(f.connection)
	case forGood:
		api.FailAlways(f.answer(o, api))
	default:
		api.Fail(f.answer(o, api))
	}
}

func (f fault) checkOutcome(t *testing.T, o object, expected exception, result seen) {
	t.Helper()
	if expected.fate == fine {
		mustSucceed(t, result.diagnostics)

		return
	}
	if len(result.diagnostics) != 1 || result.diagnostics[0].Severity != tfprotov6.DiagnosticSeverityError {
		t.Fatalf("got %d diagnostics, want one error: %s", len(result.diagnostics), messages(result.diagnostics))
	}
	text := messages(result.diagnostics)
	for _, want := range slices.Concat(expected.says, []string{o.summary}) {
		if !strings.Contains(text, want) {
			t.Errorf("the error lacks %q: %s", want, text)
		}
	}
	if strings.Contains(text, "..") {
		t.Errorf("the error has two full stops in a row: %s", text)
	}
	if told := strings.Contains(text, "Rebilly may have received the request all the same"); told != (o.posts && f.acted) {
		t.Errorf("that an export may have been requested is said: %t: %s", told, text)
	}
}

func (f fault) checkEffort(t *testing.T, o object, fate fate, outlasted bool, result seen) {
	t.Helper()
	least, most := 1, 1
	switch {
	case o.waits && fate != final:
		most = 200
	case outlasted:
		least, most = 2, 2
	case fate == retried:
		least, most = 5, 5
	case fate == followed:
		least, most = 6, 6
	}
	if result.requests < least || result.requests > most {
		t.Errorf("%d requests were sent, want %d to %d", result.requests, least, most)
	}
	longest := longestRead
	if o.waits {
		longest = faultWait + closing
	}
	if result.took > longest {
		t.Errorf("it took %s, want at most %s", result.took, longest)
	}
}

// checkOnePOST fails the test where the API was asked for more than one export.
func checkOnePOST(t *testing.T, api *rebillytest.API) {
	t.Helper()
	posts := 0
	for _, request := range api.Requests() {
		if request.Method == http.MethodPost {
			posts++
		}
	}
	if posts != 1 {
		t.Errorf("%d POST requests were sent", posts)
	}
}

var controlCharacters = regexp.MustCompile(`[\x00-\x1f\x7f-\x9f\x{2028}\x{2029}\x{202a}-\x{202e}]`)

// checkHarmless fails the test where diagnostics hold a secret, or a character
// that steers a terminal or forges a line.
func checkHarmless(t *testing.T, diagnostics []*tfprotov6.Diagnostic) {
	t.Helper()
	text := messages(diagnostics)
	mustNotShow(t, "the error", text, secrets...)
	if strings.Contains(text, "\nError: forged") {
		t.Errorf("the error has a line of the API's making: %s", text)
	}
	// The lines of a diagnostic are the provider's.
	if found := controlCharacters.FindString(strings.ReplaceAll(text, "\n", "")); found != "" {
		t.Errorf("the error has the control character %q: %q", found, text)
	}
}

// checkHarmlessLog is checkHarmless for a log, which is lines of JSON.
func checkHarmlessLog(t *testing.T, log string) {
	t.Helper()
	mustNotShow(t, "the log", log, secrets...)
	exchanges := 0
	for line := range strings.Lines(log) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("the log has a line that is no JSON: %v: %q", err, line)
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
			row.lasting.effort(), row.once.effort(),
			gist(row.lasting.diagnostics))
	}
	_ = table.Flush()
	fmt.Fprintf(&text, "\n%d rows, %d failed\n", len(rows), failed)
	if err := os.WriteFile(name, text.Bytes(), 0o600); err != nil {
		t.Error(err)
	}
}

// effort returns the requests that were sent and the time that it took.
func (s seen) effort() string {
	switch s.requests {
	case 0:
		return "-"
	case 1:
		return fmt.Sprintf("1 request, %s", s.took.Round(time.Second))
	default:
		return fmt.Sprintf("%d requests, %s", s.requests, s.took.Round(time.Second))
	}
}

// gist returns what an error says happened, on one line.
func gist(diagnostics []*tfprotov6.Diagnostic) string {
	if len(diagnostics) == 0 {
		return "-"
	}
	paragraphs := strings.Split(diagnostics[0].Detail, "\n\n")

	return strings.ReplaceAll(paragraphs[min(1, len(paragraphs)-1)], "\n", " ")
}
