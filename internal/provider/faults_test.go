package provider

import (
	"bytes"
	"context"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// faultHost is the host of the fake API.
const faultHost = "api.example.com"

// fault is something that goes wrong between the provider and Rebilly, and what
// is expected of every object.
type fault struct {
	name string
	// One of these is set: a connection that fails, a response, or the silence
	// of the open connection.
	connection rebillytest.Connection
	response   func(target) rebillytest.Fault
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
	recovered outcome = "recovered" // It has no effect. It cannot last.
	final     outcome = "final"     // It is an error of the first attempt.
	accepted  outcome = "accepted"  // It is not a fault to the provider.
	removed   outcome = "removed"   // The export is removed from state, with a warning.
	skipped   outcome = "skipped"   // There is nothing to test.
)

// passes reports whether a fault that hits once has no effect.
func (o outcome) passes() bool { return o == retried || o == followed || o == recovered }

// tlsClosing is how long crypto/tls tries to close a connection to a server that
// does not read.
const tlsClosing = 5 * time.Second

// longestRead is five attempts, and the delays of 1, 2, 4, and 8 seconds between
// them.
const longestRead = 5*(rebilly.DefaultRequestTimeout+tlsClosing) + 15*time.Second

// faultWait is the time limit of the objects that wait.
const faultWait = 4 * time.Minute

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
	for _, fault := range slices.Concat(faultyConnections(), faultyBodies(), faultyStatuses(), faultyRequests()) {
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
	if expected, ok := f.except[o.name]; ok {
		return expected
	}
	expected := expectation{f.reads, f.summary, f.says}
	if o.posts {
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

// world is the provider on a network to the fake API.
type world struct {
	terraform protocol
	network   *rebillytest.Network
	next      http.RoundTripper
	// gets and posts count the requests of the provider, also those that never
	// arrive.
	gets, posts atomic.Int64

	mu          sync.Mutex
	connections []*silenceable
}

// newWorld returns a world in which the fault hits the target once the requests
// before it are through.
func (f fault) newWorld(t *testing.T, hit target, lasting bool) *world {
	t.Helper()
	current := new(world)
	through := hit.before
	if f.silence {
		// A connection that is open, and idle.
		through++
	}
	current.network = rebillytest.ServeInMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if through > 0 {
			if !f.silence {
				// The next request needs a new connection, so that it can fail.
				w.Header().Set("Connection", "close")
			}
			if through--; through == 0 {
				defer f.install(current, hit, lasting)
			}
		}
		hit.api.ServeHTTP(w, r)
	}), faultHost)
	if through == 0 {
		f.install(current, hit, lasting)
	}

	transport := rebilly.NewTransport()
	transport.Proxy = nil
	transport.DialContext, transport.TLSClientConfig = current.dial, current.network.Trust()
	t.Cleanup(transport.CloseIdleConnections)
	current.next = transport
	current.terraform = startProvider(t, options{getenv: environment(nil), transport: current})
	mustSucceed(t, current.terraform.configure(values{"api_key": rebillytest.SecretKey, "base_url": "https://" + faultHost}))
	if f.silence {
		_, diagnostics := current.terraform.read(exportID)
		mustSucceed(t, diagnostics)
	}

	return current
}

// install makes the fault hit the next request, or every request from now on.
func (f fault) install(current *world, hit target, lasting bool) {
	switch {
	case f.silence:
		current.silence()
	case f.connection != nil && lasting:
		current.network.FailAlways(f.connection)
	case f.connection != nil:
		current.network.Fail(f.connection)
	case lasting:
		hit.api.FailAlways(f.response(hit))
	default:
		hit.api.Fail(f.response(hit))
	}
}

// RoundTrip implements http.RoundTripper.
func (w *world) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method == http.MethodPost {
		w.posts.Add(1)
	} else {
		w.gets.Add(1)
	}

	return w.next.RoundTrip(request)
}

func (w *world) sent() int { return int(w.gets.Load() + w.posts.Load()) }

func (w *world) dial(ctx context.Context, network, address string) (net.Conn, error) {
	connection, err := w.network.Dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.connections = append(w.connections, &silenceable{Conn: connection})

	return w.connections[len(w.connections)-1], nil
}

// silence silences the connections that are open.
func (w *world) silence() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, connection := range w.connections {
		connection.silent.Store(true)
	}
}

// silenceable is a connection that can lose everything that is written to it
// without an error.
type silenceable struct {
	net.Conn

	silent atomic.Bool
}

// Write implements net.Conn.
func (c *silenceable) Write(data []byte) (int, error) {
	if c.silent.Load() {
		return len(data), nil
	}

	return c.Conn.Write(data)
}

func (f fault) checkDiagnostics(t *testing.T, o object, expected expectation, diagnostics []*tfprotov6.Diagnostic) {
	t.Helper()
	severity := tfprotov6.DiagnosticSeverityError
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
	if o.waits && expected.outcome == retried && !strings.Contains(diagnostics[0].Detail, "Longest delay allowed: ") {
		// A wait lasts until its time limit, unless a requested delay is longer.
		expected.summary = "Timed Out Waiting for Export"
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
	case passed:
		least, most = 2, 2
	case outcome == retried:
		least, most = 5, 5
	case outcome == followed:
		least, most = 6, 6
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
