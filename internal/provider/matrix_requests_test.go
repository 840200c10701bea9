package provider

import (
	"net/http"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// faultyRequests are the faults of a POST that was carried out, and the
// interruptions of an operation.
func faultyRequests() []fault {
	withLocation := func(contentType, body string) func(target) rebillytest.Fault {
		return always(rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://api.rebilly.com/organization-exports/"+exportID)
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(body))
		}))
	}

	return []fault{
		{
			name:  "connection cut after the API acted",
			reads: skipped, requests: final, acted: true, summary: "Connection Failed",
			says:     []string{"no response from " + faultHost + " after 1 attempt", "terraform import"},
			response: func(hit target) rebillytest.Fault { return rebillytest.CutAfterActing(hit.api) },
		},
		{
			name:  "body cut after the API acted",
			reads: skipped, requests: recovered, acted: true,
			response: func(hit target) rebillytest.Fault { return rebillytest.CutBodyAfterActing(hit.api) },
		},
		{name: "201 with HTML and a Location", reads: skipped, requests: recovered, acted: true, response: withLocation("text/html", "<html>")},
		{name: "201 with an empty body and a Location", reads: skipped, requests: recovered, acted: true, response: withLocation("application/json", "")},
		{
			// A POST runs to its response, and the export is in state. Everything
			// else ends.
			name:  "interrupted while the request is under way",
			reads: final, requests: accepted, interrupts: true, summary: "Interrupted", says: []string{"Terraform was interrupted."},
			// Its error is that of an action that waits: only there is the ID.
			except: map[string]expectation{requestAction: {outcome: skipped}},
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
		},
		{
			name:  "interrupted while the POST is under way, and cut",
			reads: skipped, requests: final, interrupts: true, acted: true, summary: "Connection Failed", says: []string{"no response from " + faultHost},
			response: func(hit target) rebillytest.Fault {
				return rebillytest.RespondWith(func(http.ResponseWriter, *http.Request) {
					hit.interrupt()
					<-time.After(time.Second)
					panic(http.ErrAbortHandler)
				})
			},
		},
		{
			name:  "interrupted before a retry",
			reads: final, requests: final, interrupts: true, summary: "Interrupted", says: []string{"Terraform was interrupted."},
			except: map[string]expectation{waitingResource: {outcome: skipped}},
			response: func(hit target) rebillytest.Fault {
				return rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
					time.AfterFunc(5*time.Second, hit.interrupt)
					unixIn(20 * time.Second)(w.Header())
					w.WriteHeader(http.StatusTooManyRequests)
				})
			},
		},
	}
}
