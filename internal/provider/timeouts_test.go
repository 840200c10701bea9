package provider

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// retryAfterSeconds responds with 429 and Retry-After.
func retryAfterSeconds(seconds string) rebillytest.Fault {
	return rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", seconds)
		w.WriteHeader(http.StatusTooManyRequests)
	})
}

// took fails the test unless the time since start is the expected one.
func took(t *testing.T, start time.Time, want time.Duration) {
	t.Helper()
	if got := time.Since(start); got != want {
		t.Errorf("it took %s, want %s", got, want)
	}
}

func TestTimeouts_boundReadsOfTheDataSource(t *testing.T) {
	t.Parallel()
	delays := func(seconds string) []rebillytest.Fault {
		return slices.Repeat([]rebillytest.Fault{retryAfterSeconds(seconds)}, 2)
	}
	busy := slices.Repeat([]rebillytest.Fault{rebillytest.Problem(503, "Busy", "")}, 11)
	limited := rebillytest.RateLimited(time.Time{})
	tenSeconds := values{"timeouts": values{"read": "10s"}}
	for name, test := range map[string]struct {
		timeouts values
		faults   []rebillytest.Fault
		want     []string
		took     time.Duration
	}{
		"two 429s that leave time":           {timeouts: tenSeconds, faults: delays("4"), took: 8 * time.Second},
		"two 429s that leave too little":     {timeouts: tenSeconds, faults: delays("6"), took: 6 * time.Second, want: []string{"Rate Limit Exceeded"}},
		"two 429s of nine minutes":           {timeouts: tenSeconds, faults: delays("540"), want: []string{"Rate Limit Exceeded", "Longest delay allowed: 10s"}},
		"two 429s of nine minutes, no limit": {faults: delays("540"), took: 18 * time.Minute},
		"two 429s and no response": {
			timeouts: tenSeconds, faults: []rebillytest.Fault{limited, limited, rebillytest.Hang()}, took: 10 * time.Second,
			want: []string{"Operation Timed Out", "3 attempts", "429"},
		},
		"no response": {timeouts: tenSeconds, faults: []rebillytest.Fault{rebillytest.Hang()}, took: 10 * time.Second, want: []string{"Operation Timed Out", "1 attempt"}},
		"503s":        {timeouts: tenSeconds, faults: busy, took: 10 * time.Second, want: []string{"Operation Timed Out", "503"}},
	} {
		for _, wait := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					api := rebillytest.NewFor(t)
					api.Fail(test.faults...)
					start := time.Now()
					_, diagnostics := patient(t, api, values{"max_retries": 10}).
						readWith(values{"id": exportID, "wait_for_completion": wait}.with(test.timeouts))
					most := test.took + 2*time.Second // The delays of a wait vary.
					if test.timeouts != nil {
						most = min(most, 10*time.Second)
					}
					if took := time.Since(start); took < test.took || took > most {
						t.Errorf("it took %s, want %s to %s", took, test.took, most)
					}
					if test.want == nil {
						mustSucceed(t, diagnostics)
					} else {
						mustFail(t, diagnostics, "", append(test.want, exportID)...)
					}
				})
			})
		}
	}
}

// slowPOST returns a fault that carries out a request, and responds 25 seconds later.
func slowPOST(api *rebillytest.API) rebillytest.Fault {
	started, release := make(chan struct{}), make(chan struct{})
	go func() {
		<-started
		<-time.After(25 * time.Second)
		close(release)
	}()

	return rebillytest.HangAfterActing(api, started, release)
}

const timedOutWaiting = "Timed Out Waiting for Export"

func TestTimeouts_createBoundsTheWaitAndTheRead(t *testing.T) {
	t.Parallel()
	hang := slices.Repeat([]rebillytest.Fault{rebillytest.Hang()}, 9)
	for name, test := range map[string]struct {
		// post is the fault of the POST, and reads are those of the GETs.
		post    func(*rebillytest.API) rebillytest.Fault
		reads   []rebillytest.Fault
		timeout string
		want    []string
		took    time.Duration
	}{
		"wait":                    {timeout: "60s", want: []string{timedOutWaiting, "processing after 1m0s"}, took: time.Minute},
		"poll without a response": {timeout: "60s", reads: hang, want: []string{timedOutWaiting, "queued after 1m0s"}, took: time.Minute},
		"read of the new export": {
			timeout: "60s", post: rebillytest.CutBodyAfterActing, reads: hang, took: time.Minute,
			want: []string{"Operation Timed Out", "the requested export"},
		},
		// The POST itself is not cut off: its response has the export's ID.
		"POST":    {timeout: "10s", post: slowPOST, want: []string{timedOutWaiting, "queued"}, took: 25 * time.Second},
		"default": {want: []string{timedOutWaiting, "1h0m0s"}, took: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.SetLifeCycle(rebillytest.LifeCycleTo(rebillytest.StatusProcessing)...)
				expectRequests(t, api, withoutFiles)
				if test.post != nil {
					api.Fail(test.post(api))
				}
				export := patient(t, failingReads(api, 1, test.reads...), values{}).manage()
				start := time.Now()
				mustWarn(t, export.apply(values{"timeouts": limits("create", test.timeout, "update")}), "", test.want...)
				took(t, start, test.took)
				mustHaveExport(t, export.current(), "")
			})
		})
	}
}

func TestTimeouts_updateBoundsItAll(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults        []rebillytest.Fault
		timeout, want string
		status        string
		took          time.Duration
	}{
		"wait":                  {timeout: "60s", want: timedOutWaiting, status: "processing", took: time.Minute},
		"default":               {want: timedOutWaiting, status: "processing", took: time.Hour},
		"first read":            {timeout: "60s", faults: slices.Repeat([]rebillytest.Fault{rebillytest.Hang()}, 3), want: "Operation Timed Out", status: "queued", took: time.Minute},
		"429s with long delays": {timeout: "60s", faults: []rebillytest.Fault{retryAfterSeconds("61")}, want: "Rate Limit Exceeded", status: "queued"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.SetLifeCycle(rebillytest.LifeCycleTo(rebillytest.StatusProcessing)...)
				export := patient(t, api, values{}).manage()
				mustSucceed(t, export.apply(doNotWait(nil)))
				api.Fail(test.faults...)
				start := time.Now()
				arguments := values{"timeouts": limits("update", test.timeout, "create")}
				mustFail(t, export.apply(arguments), "", test.want, export.id())
				took(t, start, test.took)
				mustHaveExport(t, export.current(), test.status)
				mustEqual(t, "what the next plan waits for", progress, export.plan(arguments).unknowns())
			})
		})
	}
}

// limits returns timeouts that limit one operation, and the other one to a second. An
// empty limit means the default.
func limits(operation, limit, other string) values {
	timeouts := values{other: "1s"}
	if limit != "" {
		timeouts[operation] = limit
	}

	return timeouts
}

func TestProviderData_withTimeout(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]error{"request": context.Canceled, "process": context.Canceled, "time limit": context.DeadlineExceeded} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				process, interrupt := context.WithCancel(t.Context())
				defer interrupt()
				request, cancel := context.WithCancel(t.Context())
				defer cancel()
				ctx, release := (&providerData{options: options{interrupted: process}}).withTimeout(request, time.Hour)
				defer release()
				<-time.After(time.Hour - time.Second)
				if ctx.Err() != nil {
					t.Errorf("it ended too early: %v", ctx.Err())
				}
				switch name {
				case "request":
					cancel()
				case "process":
					interrupt()
				}
				<-ctx.Done()
				if !errors.Is(ctx.Err(), want) {
					t.Errorf("it ended with %v, want %v", ctx.Err(), want)
				}
			})
		})
	}
}

func TestProviderData_withTimeoutAfterAnInterruption(t *testing.T) {
	t.Parallel()
	interrupted, interrupt := context.WithCancel(t.Context())
	interrupt()
	for range 200 {
		ctx, cancel := (&providerData{options: options{interrupted: interrupted}}).withTimeout(t.Context(), time.Hour)
		ended := ctx.Err() != nil
		cancel()
		if !ended {
			t.Fatal("an operation begins after the interruption")
		}
	}
}
