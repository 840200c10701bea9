package provider

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// faultHost is the host of the fake API, and faultFilesHost has the files of its
// exports.
const (
	faultHost      = "api.example.com"
	faultFilesHost = "files.example.com"
)

// fault is something that goes wrong between the provider and Rebilly, and what
// is expected of every object.
type fault struct {
	name string
	// One of these is set: a connection that fails, a response, a response of the
	// file host, or the silence of the open connection.
	connection rebillytest.DialFault
	response   func(target) rebillytest.Fault
	file       func(target) rebillytest.FileFault
	silence    bool
	// interrupts is set if the operation is interrupted at its first request.
	interrupts bool

	// reads and requests are the outcomes of a GET and of a POST.
	reads, requests outcome
	// acted is set if the error of a POST must say that an export may have been
	// requested.
	acted bool
	// summary is the summary of the error; says is in its text.
	summary string
	says    []string
	// body is set if the body of a response is at fault.
	body bool
	// except has the expectations for single objects.
	except map[string]expectation
}

// target is what a fault hits.
type target struct {
	object

	api *rebillytest.API
	// interrupt cancels the operation, as Terraform does.
	interrupt context.CancelFunc
}

// expectation is what is expected of one object.
type expectation struct {
	outcome outcome
	summary string
	says    []string
}

// outcome is the effect of a fault on an operation.
type outcome string

const (
	retried   outcome = "retried"   // A fault that passes has no effect, and one that lasts is an error.
	followed  outcome = "followed"  // The same, by a redirect.
	renewed   outcome = "renewed"   // The same, by a new signed link. One that lasts is an error of the second link.
	recovered outcome = "recovered" // It has no effect. It cannot last.
	final     outcome = "final"     // It is an error of the first attempt.
	accepted  outcome = "accepted"  // It is not a fault to the provider.
	removed   outcome = "removed"   // The export is removed from state, with a warning.
	skipped   outcome = "skipped"   // There is nothing to test.
)

// passes reports whether a fault that hits once has no effect.
func (o outcome) passes() bool {
	return o == retried || o == followed || o == renewed || o == recovered || o == removed
}

// tlsClosing is how long crypto/tls tries to close a connection to a server that
// does not read.
const tlsClosing = 5 * time.Second

// longestRead is five attempts, and the delays of 1, 2, 4, and 8 seconds between
// them.
const longestRead = 5*(rebilly.DefaultRequestTimeout+tlsClosing) + 15*time.Second

// faultWait is the time limit of the objects that wait. Polls that fail end a wait
// before.
const faultWait = 20 * time.Minute

// observed is what an operation did.
type observed struct {
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
	for _, fault := range slices.Concat(faultyConnections(), faultyBodies(), faultyStatuses(), faultyRequests(), faultyFiles()) {
		for _, object := range faultObjects() {
			expected := fault.expectation(object)
			if expected.outcome == skipped {
				continue
			}
			key := fault.name + ", " + object.name
			keys = append(keys, key)
			t.Run(key, func(t *testing.T) {
				t.Parallel()
				var lasting, once observed
				defer func() {
					mu.Lock()
					defer mu.Unlock()
					rows[key] = row{fault.name, object.name, string(expected.outcome), lasting, once, !t.Failed()}
				}()
				if expected.outcome != recovered {
					lasting = fault.inject(t, object, true)
				}
				if expected.outcome.passes() {
					once = fault.inject(t, object, false)
				}
			})
		}
	}
	t.Cleanup(func() { writeFaults(t, keys, rows) })
}

// expectation returns what the fault is expected to do to an object.
func (f fault) expectation(o object) expectation {
	expected := f.expectationByName(o)
	tooFar := slices.Contains(expected.says, "Retry at: ")
	if o.waits && !f.interrupts && !tooFar && (expected.outcome == final || expected.outcome == followed) {
		expected.outcome = retried
	}

	return expected
}

func (f fault) expectationByName(o object) expectation {
	for _, name := range []string{o.name, o.like} {
		if expected, ok := f.except[name]; ok {
			return expected
		}
	}
	expected := expectation{f.reads, f.summary, f.says}
	switch {
	case o.name == fileTransfer:
		// The API's faults are over.
		expected.outcome = skipped
	case o.downloads && f.reads == accepted:
		// It would last, and has no file.
		expected.outcome = skipped
	case o.name == fileRecord && f.body:
		// Records have other fields, and errors other texts.
		expected.says = nil
	case o.posts:
		expected.outcome = f.requests
	}

	return expected
}

// inject makes the fault hit an operation of the object, once or until its end,
// and checks what the operation did.
func (f fault) inject(t *testing.T, o object, lasting bool) (result observed) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		api := rebillytest.NewFor(t)
		api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("x", rebillytest.Created),
			rebillytest.Stage{Status: rebilly.StatusQueued, Reads: 1}, rebillytest.Stage{Status: rebilly.StatusCompleted})
		if f.interrupts && o.creates {
			o.before = 0
		}
		ctx, interrupt := context.WithCancel(tflogtest.RootLogger(t.Context(), &log))
		defer interrupt()
		world := f.newWorld(t, target{o, api, interrupt}, lasting)
		world.terraform.ctx = ctx

		start, before := time.Now(), world.sent()
		attributes, diagnostics := o.run(world.terraform)
		result = observed{world.sent() - before - o.before, time.Since(start), diagnostics}

		expected := f.expectation(o)
		passed := !lasting && expected.outcome.passes()
		if passed {
			result.requests -= o.after
		}
		f.checkEffort(t, o, expected.outcome, passed, result)
		if passed {
			expected = expectation{outcome: accepted}
		}
		f.checkDiagnostics(t, o, expected, diagnostics)
		if posts := world.posts.Load(); posts > 1 && (f.acted || f.interrupts) {
			t.Errorf("%d POST requests were sent", posts)
		}
		o.intact(t, expected.outcome, attributes)
		checkHarmless(t, diagnostics)
		checkHarmlessLog(t, log.String())
	})

	return result
}

func (f fault) checkDiagnostics(t *testing.T, o object, expected expectation, diagnostics []*tfprotov6.Diagnostic) {
	t.Helper()
	severity := tfprotov6.DiagnosticSeverityError
	if o.warns {
		severity = tfprotov6.DiagnosticSeverityWarning
	}
	switch expected.outcome {
	case accepted:
		mustSucceed(t, diagnostics)

		return
	case removed:
		severity = tfprotov6.DiagnosticSeverityWarning
	default:
		expected.says = append(slices.Clone(expected.says), "Could not "+o.action, o.aftermath)
	}
	if len(diagnostics) != 1 || diagnostics[0].Severity != severity {
		t.Fatalf("got %d diagnostics, want one %s: %s", len(diagnostics), severity, messages(diagnostics))
	}
	if got := diagnostics[0].Summary; got != expected.summary {
		t.Errorf("the summary is %q, want %q", got, expected.summary)
	}
	text := messages(diagnostics)
	for _, want := range append(expected.says, "\nOrganization: ", "\nEnvironment: https://"+faultHost) {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q: %s", want, text)
		}
	}
	if strings.Contains(text, "..") {
		t.Errorf("the text has two periods in a row: %s", text)
	}
	if told := strings.Contains(text, "Rebilly may have received the request"); told != (o.posts && f.acted) {
		t.Errorf("it says that an export may have been requested: %t: %s", told, text)
	}
}

func (f fault) checkEffort(t *testing.T, o object, outcome outcome, passed bool, result observed) {
	t.Helper()
	least, most := 1, 1
	switch {
	case o.waits && outcome != final:
		most = 200
	case outcome == renewed:
		// A 404 of the second link is retried.
		least, most = 3, 7
	case passed:
		least, most = 2, 2
	case outcome == retried:
		least, most = 5, 5
	case outcome == followed:
		least, most = 6, 6
	case outcome == removed:
		least, most = 4, 4
	}
	if result.requests < least || result.requests > most {
		t.Errorf("%d requests were sent, want %d to %d", result.requests, least, most)
	}
	longest := longestRead
	if o.waits {
		longest = faultWait + tlsClosing
	}
	if result.took > longest {
		t.Errorf("it took %s, want at most %s", result.took, longest)
	}
}

// checkOnePOST fails the test unless the API received one POST.
func checkOnePOST(t *testing.T, api *rebillytest.API) {
	t.Helper()
	methods := map[string]int{}
	for _, request := range api.Requests() {
		methods[request.Method]++
	}
	if methods[http.MethodPost] != 1 {
		t.Errorf("the requests were %v, want one POST", maps.Clone(methods))
	}
}
