package provider

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// retryAfterSeconds responds with 429 and Retry-After.
func retryAfterSeconds(seconds string) rebillytest.Fault {
	return rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", seconds)
		w.WriteHeader(http.StatusTooManyRequests)
	})
}

// A typing error in a block is an error. In an attribute, Terraform would ignore
// it.
func TestAccTimeouts_blockRefusesOtherNames(t *testing.T) {
	t.Parallel()
	address, _ := overLoopback(t, rebillytest.NewFor(t))
	for name, test := range map[string]struct{ block, want string }{
		"typing error":               {`timeouts { creat = "2h" }`, `An argument named "creat" is not expected here.`},
		"read":                       {`timeouts { read = "2h" }`, `An argument named "read" is not expected here.`},
		"delete":                     {`timeouts { delete = "2h" }`, `An argument named "delete" is not expected here.`},
		"attribute":                  {`timeouts = { create = "2h" }`, `An argument named "timeouts" is not expected here. Did you mean to define a block of type "timeouts"?`},
		"two blocks":                 {"timeouts {}\n  timeouts {}", "timeouts"},
		"create and update, unknown": {"timeouts {\n    create = terraform_data.limit.output\n    update = terraform_data.limit.output\n  }", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			terraform := newCLI(t, map[string]string{"main.tf": providerBlock(address) + requestExport(test.block), "limit.tf": "resource \"terraform_data\" \"limit\" {\n  input = \"2h\"\n}\n"})
			printed, err := terraform.run("validate", "-no-color")
			if test.want == "" {
				if err != nil {
					t.Errorf("got %v:\n%s", err, printed)
				}

				return
			}
			if err == nil || !wrapped(test.want).MatchString(printed) {
				t.Errorf("got %v:\n%s", err, printed)
			}
		})
	}
	t.Run("data source", func(t *testing.T) {
		t.Parallel()
		configuration := strings.Replace(readExport("x"), "}", "  timeouts {\n    create = \"2h\"\n  }\n}", 1)
		printed, err := newCLI(t, map[string]string{"main.tf": providerBlock(address) + configuration}).run("validate", "-no-color")
		if err == nil || !wrapped(`An argument named "create" is not expected here.`).MatchString(printed) {
			t.Errorf("got %v:\n%s", err, printed)
		}
	})
}

func TestTimeouts_boundReadsOfTheDataSource(t *testing.T) {
	t.Parallel()
	limited, busy := rebillytest.RateLimited(time.Time{}), rebillytest.Problem(503, "Busy", "")
	tenSeconds := values{"read": "10s"}
	for name, test := range map[string]struct {
		timeouts values
		faults   []rebillytest.Fault
		want     []string
		// least and most are how long it takes.
		least, most time.Duration
	}{
		"two 429s that leave time": {
			tenSeconds,
			[]rebillytest.Fault{retryAfterSeconds("4"), retryAfterSeconds("4")},
			nil, 8 * time.Second, 10 * time.Second,
		},
		"two 429s that leave too little time": {
			tenSeconds,
			[]rebillytest.Fault{retryAfterSeconds("6"), retryAfterSeconds("6")},
			[]string{"Rate Limit Exceeded", "Longest delay allowed: "},
			6 * time.Second, 7 * time.Second,
		},
		"two 429s of nine minutes": {
			tenSeconds,
			[]rebillytest.Fault{retryAfterSeconds("540"), retryAfterSeconds("540")},
			[]string{"Rate Limit Exceeded", "Longest delay allowed: 10s"},
			0, 0,
		},
		"two 429s of nine minutes without a timeout": {
			nil,
			[]rebillytest.Fault{retryAfterSeconds("540"), retryAfterSeconds("540")},
			nil, 18 * time.Minute, 19 * time.Minute,
		},
		"two 429s and no response": {
			tenSeconds,
			[]rebillytest.Fault{limited, limited, rebillytest.Hang()},
			[]string{"Operation Timed Out", "after 3 attempts", "the last status code was 429"},
			10 * time.Second, 10 * time.Second,
		},
		"no response": {
			tenSeconds,
			[]rebillytest.Fault{rebillytest.Hang(), rebillytest.Hang()},
			[]string{"Operation Timed Out", "after 1 attempt"},
			10 * time.Second, 10 * time.Second,
		},
		"503s": {
			tenSeconds, slices.Repeat([]rebillytest.Fault{busy}, 11),
			[]string{"Operation Timed Out", "the last status code was 503"},
			10 * time.Second, 10 * time.Second,
		},
	} {
		for _, wait := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					api := rebillytest.NewFor(t)
					api.Fail(test.faults...)
					arguments := values{"id": exportID, "wait_for_completion": wait}
					if test.timeouts != nil {
						arguments["timeouts"] = test.timeouts
					}
					start := time.Now()
					_, diagnostics := patient(t, api, values{"max_retries": 10}).readWith(arguments)
					if took := time.Since(start); took < test.least || took > test.most {
						t.Errorf("it took %s", took)
					}
					if test.want == nil {
						mustSucceed(t, diagnostics)
					} else {
						mustFail(t, diagnostics, "", append(test.want, `Could not read export "`+exportID+`"`)...)
					}
				})
			})
		}
	}
}

// The POST itself is not cut off: its response has the export's ID.
func TestTimeouts_createDoesNotEndThePOST(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		started, release := make(chan struct{}), make(chan struct{})
		api.Fail(rebillytest.HangAfterActing(api, started, release))
		go func() {
			<-started
			<-time.After(25 * time.Second)
			close(release)
		}()
		expectRequests(t, api, withoutFiles)
		export := patient(t, api, values{}).manage()
		start := time.Now()
		mustWarn(t, export.apply(values{"timeouts": values{"create": "10s"}}), "", "Timed Out Waiting for Export", "is in state. The next apply waits for it.")
		if took := time.Since(start); took != 25*time.Second {
			t.Errorf("it took %s", took)
		}
		if id := export.text("id"); !strings.HasPrefix(id, "org_exp_") {
			t.Errorf("the ID in state is %q", id)
		}
		mustHaveSent(t, api, 0, "POST "+exportsPath(""))
	})
}

func TestTimeouts_createBoundsTheWaitAndTheRead(t *testing.T) {
	t.Parallel()
	hang := slices.Repeat([]rebillytest.Fault{rebillytest.Hang()}, 9)
	for name, test := range map[string]struct {
		// post is the fault of the POST, and reads are those of the GETs.
		post  func(*rebillytest.API) rebillytest.Fault
		reads []rebillytest.Fault
		want  []string
	}{
		"wait":                    {nil, nil, []string{"Timed Out Waiting for Export", "it was still processing after 1m0s"}},
		"poll without a response": {nil, hang, []string{"Timed Out Waiting for Export", "it was still queued after 1m0s"}},
		"read of the new export":  {rebillytest.CutBodyAfterActing, hang, []string{"Operation Timed Out", "Could not read the requested export"}},
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
				mustWarn(t, export.apply(values{"timeouts": values{"create": "60s"}}), "", append(test.want, "is in state. The next apply waits for it.")...)
				if took := time.Since(start); took != time.Minute {
					t.Errorf("it took %s", took)
				}
				if !export.exists() {
					t.Error("the export is not in state")
				}
			})
		})
	}
}

func TestTimeouts_updateBoundsItAll(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults []rebillytest.Fault
		want   []string
		status string
	}{
		"wait":                  {nil, []string{"Timed Out Waiting for Export", "it was still processing after 1m0s"}, "processing"},
		"first read":            {[]rebillytest.Fault{rebillytest.Hang(), rebillytest.Hang(), rebillytest.Hang()}, []string{"Operation Timed Out", "no usable response"}, "queued"},
		"429s with long delays": {[]rebillytest.Fault{retryAfterSeconds("60"), retryAfterSeconds("60")}, []string{""}, "queued"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.SetLifeCycle(rebillytest.LifeCycleTo(rebillytest.StatusProcessing)...)
				export := patient(t, api, values{}).manage()
				mustSucceed(t, export.apply(doNotWait(nil)))
				id := export.text("id")
				api.Fail(test.faults...)
				start := time.Now()
				arguments := values{"timeouts": values{"create": "1s", "update": "60s"}}
				mustFail(t, export.apply(arguments), "", append(test.want, `Could not update export "`+id+`"`, "stays in state. The next apply tries again.")...)
				if took := time.Since(start); took > time.Minute {
					t.Errorf("it took %s", took)
				}
				if got := export.text("status"); got != test.status {
					t.Errorf("the status is %s", got)
				}
				if difference := cmp.Diff(progress, export.plan(arguments).unknowns()); difference != "" {
					t.Errorf("the next plan does not wait (-want +got):\n%s", difference)
				}
			})
		})
	}
}

// Without a block, a run waits for an hour.
func TestTimeouts_createDefault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		api.SetLifeCycle(rebillytest.Stage{Status: "queued"})
		start := time.Now()
		mustWarn(t, patient(t, api, values{}).manage().apply(values{"timeouts": values{"update": "1s"}}), "", "Timed Out Waiting for Export")
		if took := time.Since(start); took != time.Hour {
			t.Errorf("it took %s", took)
		}
	})
}

func TestTimeouts_updateDefault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		api.SetLifeCycle(rebillytest.Stage{Status: "queued"})
		export := patient(t, api, values{}).manage()
		mustSucceed(t, export.apply(doNotWait(nil)))
		start := time.Now()
		mustFail(t, export.apply(values{"timeouts": values{"create": "1s"}}), "", "Timed Out Waiting for Export")
		if took := time.Since(start); took != time.Hour {
			t.Errorf("it took %s", took)
		}
	})
}
