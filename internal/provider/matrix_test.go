package provider

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
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
	// One of these is set: a connection that fails, a response, or a response of the
	// file host.
	connection rebillytest.DialFault
	response   func(target) rebillytest.Fault
	file       func(target) rebillytest.FileFault
	// interrupts is set if the operation is interrupted at its first request.
	interrupts bool
	// only is the name of the only object that the fault hits, if it is not every
	// object.
	only string

	// reads and requests are the outcomes of a GET and of a POST.
	reads, requests outcome
	// acted is set if the error of a POST must say that an export may have been
	// requested.
	acted bool
	// summary is the summary of the error, and facts are in its text.
	summary string
	facts   []string
	// except has other expectations, by the name or the kind of an object.
	except map[string]expectation
}

// target is what a fault hits.
type target struct {
	object

	api *rebillytest.API
	// interrupt cancels the operation, as Terraform does.
	interrupt context.CancelFunc
}

// expectation is what is expected of one object. An empty summary means the
// fault's.
type expectation struct {
	outcome outcome
	summary string
}

// outcome is the effect of a fault on an operation.
type outcome string

const (
	retried   outcome = "retried"   // A fault that passes has no effect, and one that lasts is an error.
	followed  outcome = "followed"  // The same, by a redirect.
	renewed   outcome = "renewed"   // The same, by a new signed link. One that lasts is an error of the second link.
	recovered outcome = "recovered" // It has no effect. It cannot last.
	final     outcome = "final"     // It is an error of the first attempt.
	tooFar    outcome = "too far"   // The same, because the next attempt would be too late.
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
	var lines []string
	for _, fault := range slices.Concat(faultyConnections(), faultyBodies(), faultyStatuses(), faultyRequests(), faultyFiles()) {
		for _, object := range slices.Concat(faultReads(), faultResources(), faultActions()) {
			outcome := fault.expectation(object).outcome
			if outcome == skipped {
				continue
			}
			index := len(lines)
			lines = append(lines, "")
			t.Run(fault.name+", "+object.name, func(t *testing.T) {
				t.Parallel()
				var lasting, once observed
				defer func() { lines[index] = faultLine(t, fault, object, lasting, once) }()
				if outcome != recovered {
					lasting = fault.inject(t, object, true)
				}
				if outcome.passes() {
					once = fault.inject(t, object, false)
				}
			})
		}
	}
	t.Cleanup(func() { writeFaults(t, lines) })
}

// expectation returns what the fault is expected to do to an object.
func (f fault) expectation(o object) expectation {
	expected, excepted := f.except[o.name]
	if !excepted {
		expected, excepted = f.except[o.kind]
	}
	switch {
	case excepted:
	case f.only != "" && o.name != f.only, f.only == "" && o.name == fileTransfer:
		expected.outcome = skipped
	case f.reads == accepted && o.kind == downloading:
		// It would last, and has no file.
		expected.outcome = skipped
	case o.kind == requesting:
		expected.outcome = f.requests
	default:
		expected.outcome = f.reads
	}
	if o.waits && !f.interrupts && (expected.outcome == final || expected.outcome == followed) {
		expected.outcome = retried
	}
	expected.summary = cmp.Or(expected.summary, f.summary)

	return expected
}

// inject makes the fault hit an operation of the object, once or until its end,
// and checks what the operation did.
func (f fault) inject(t *testing.T, o object, lasting bool) (result observed) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if f.interrupts && o.kind == awaiting {
			o.before = 0 // It hits the POST.
		}
		var log bytes.Buffer
		ctx, interrupt := context.WithCancel(tflogtest.RootLogger(t.Context(), &log))
		defer interrupt()
		api := rebillytest.NewFor(t)
		api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("x", rebillytest.Created),
			rebillytest.Stage{Status: rebilly.StatusQueued, Reads: 1}, rebillytest.Stage{Status: rebilly.StatusCompleted})
		world := f.newWorld(t, target{o, api, interrupt}, lasting)
		world.terraform.ctx = ctx

		start, before := time.Now(), world.sent.Load()
		attributes, diagnostics := o.run(world.terraform)
		result = observed{int(world.sent.Load()-before) - o.before, time.Since(start), diagnostics}

		expected := f.expectation(o)
		passed := !lasting && expected.outcome.passes()
		checkEffort(t, o, expected.outcome, passed, result)
		if passed {
			expected.outcome = accepted
		}
		f.checkDiagnostics(t, o, expected, diagnostics)
		if posts := world.posts.Load(); posts > 1 && (f.acted || f.interrupts) {
			t.Errorf("%d POST requests were sent", posts)
		}
		if expected.outcome != removed {
			o.intact(t, expected.outcome != accepted, attributes)
		} else if len(attributes) > 0 {
			t.Errorf("the export is still in state: %v", attributes)
		}
		checkHarmless(t, diagnostics)
		checkHarmlessLog(t, log.String())
	})

	return result
}

func (f fault) checkDiagnostics(t *testing.T, o object, expected expectation, diagnostics []*tfprotov6.Diagnostic) {
	t.Helper()
	severity, facts := tfprotov6.DiagnosticSeverityError, append(slices.Clone(f.facts), "Could not "+o.action)
	if o.name == waitingResource {
		severity = tfprotov6.DiagnosticSeverityWarning // An error would taint the export.
	}
	switch expected.outcome {
	case accepted:
		mustSucceed(t, diagnostics)

		return
	case removed:
		severity, facts = tfprotov6.DiagnosticSeverityWarning, nil
	case tooFar:
		facts = append(facts, "\nRetry at: ")
	}
	if len(diagnostics) != 1 || diagnostics[0].Severity != severity || diagnostics[0].Summary != expected.summary {
		t.Fatalf("got %d diagnostics, want one %s %q: %s", len(diagnostics), severity, expected.summary, messages(diagnostics))
	}
	text := messages(diagnostics)
	for _, want := range append(facts, "\nOrganization: ", "\nEnvironment: https://"+faultHost) {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q: %s", want, text)
		}
	}
	if strings.Contains(text, "..") {
		t.Errorf("the text has two periods in a row: %s", text)
	}
	if told := strings.Contains(text, "Rebilly may have received the request"); told != (o.kind == requesting && f.acted) {
		t.Errorf("it says that an export may have been requested: %t: %s", told, text)
	}
}

func checkEffort(t *testing.T, o object, outcome outcome, passed bool, result observed) {
	t.Helper()
	least, most, longest := 1, 1, longestRead
	if o.waits {
		longest = faultWait + tlsClosing
	}
	switch {
	case outcome == final, outcome == tooFar:
	case o.waits:
		most = 200
	case outcome == renewed:
		// A 404 of the second link is retried.
		least, most = 3, 7
	case passed && o.kind == downloading:
		// It also reads the export, the record of its file, and the file.
		least, most = 4-o.before, 4-o.before
	case passed:
		least, most = 2, 2
	case outcome == retried:
		least, most = 5, 5
	case outcome == followed:
		least, most = 6, 6
	case outcome == removed:
		least, most = 4, 4
	}
	if result.requests < least || result.requests > most || result.took > longest {
		t.Errorf("%d requests were sent in %s, want %d to %d in at most %s", result.requests, result.took, least, most, longest)
	}
}
