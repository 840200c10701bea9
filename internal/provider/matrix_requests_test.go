package provider

import (
	"net/http"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// faultyRequests are the faults of a POST that was carried out, and the
// interruptions of an operation.
func faultyRequests() []fault {
	carriedOut := func(name string, response func(target) rebillytest.Fault) fault {
		return fault{name: name, response: response, reads: skipped, requests: recovered, acted: true}
	}
	withLocation := func(contentType, body string) func(target) rebillytest.Fault {
		return always(rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://api.rebilly.com/organization-exports/"+exportID)
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(body))
		}))
	}

	return []fault{
		carriedOut("body cut after the API acted", func(hit target) rebillytest.Fault { return rebillytest.CutBodyAfterActing(hit.api) }),
		carriedOut("201 with HTML and a Location", withLocation("text/html", "<html>")),
		carriedOut("201 with an empty body and a Location", withLocation("application/json", "")),
		{
			name:     "connection cut after the API acted",
			response: func(hit target) rebillytest.Fault { return rebillytest.CutAfterActing(hit.api) },
			reads:    skipped, requests: final, acted: true, summary: "Connection Failed", facts: []string{faultHost, "terraform import"},
		},
		{
			// A POST runs to its response, and the export is in state. Everything
			// else ends.
			name: "interrupted while the request is under way", interrupts: true,
			response: func(hit target) rebillytest.Fault {
				started, release := make(chan struct{}), make(chan struct{})
				go func() {
					<-started
					hit.interrupt()
					<-time.After(time.Second)
					close(release)
				}()

				return rebillytest.HangAfterActing(hit.api, started, release)
			},
			reads: final, requests: accepted, summary: "Interrupted",
			// Its error is that of an action that waits: only there is the ID.
			except: map[string]expectation{requestAction: {outcome: skipped}},
		},
		{
			name: "interrupted while the POST is under way, and cut", interrupts: true,
			response: func(hit target) rebillytest.Fault {
				return rebillytest.RespondWith(func(http.ResponseWriter, *http.Request) {
					hit.interrupt()
					<-time.After(time.Second)
					panic(http.ErrAbortHandler)
				})
			},
			reads: skipped, requests: final, acted: true, summary: "Connection Failed", facts: []string{faultHost},
		},
		{
			name: "interrupted before a retry", interrupts: true,
			response: func(hit target) rebillytest.Fault {
				return rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
					time.AfterFunc(5*time.Second, hit.interrupt)
					unixIn(20 * time.Second)(w.Header())
					w.WriteHeader(http.StatusTooManyRequests)
				})
			},
			reads: final, requests: final, summary: "Interrupted",
			except: map[string]expectation{awaiting: {outcome: skipped}},
		},
	}
}
