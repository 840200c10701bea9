package provider

import (
	"net/http"
	"strconv"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// faultyStatuses are responses with other status codes than 2xx.
func faultyStatuses() []fault {
	const (
		requestRefused     = "Request Refused"
		rateLimited        = "Rate Limit Exceeded"
		unavailable        = "Rebilly Unavailable"
		unexpectedResponse = "Unexpected Response"
	)
	refused := func(status int, summary string, response rebillytest.Fault, says ...string) fault {
		return fault{name: strconv.Itoa(status), response: always(response), reads: final, requests: final, summary: summary, says: append(says, strconv.Itoa(status))}
	}
	busy := func(name string, response rebillytest.Fault, says ...string) fault {
		return fault{name: name, response: always(response), reads: retried, requests: retried, summary: rateLimited, says: append(says, "429")}
	}
	broken := func(name string, response rebillytest.Fault, says ...string) fault {
		return fault{name: name, response: always(response), reads: retried, requests: final, acted: true, summary: unavailable, says: says}
	}
	elsewhere := func(name, target, says string) fault {
		return fault{
			name: name, response: always(rebillytest.Redirect(http.StatusTemporaryRedirect, target)),
			reads: final, requests: final, acted: true, summary: "Redirect Refused", says: []string{says},
		}
	}
	unexpected := func(name string, acted bool, response rebillytest.Fault, says ...string) fault {
		return fault{name: name, response: always(response), reads: final, requests: final, acted: acted, summary: unexpectedResponse, says: append(says, "This is not a response of Rebilly's API.")}
	}
	// Its text would do harm.
	hostile := func(name string, response rebillytest.Fault, says ...string) fault {
		return fault{name: name, response: always(response), reads: final, requests: final, summary: requestRefused, says: says}
	}

	tooFar := busy("429, X-RateLimit-Retry-After far", limited(http.StatusTooManyRequests, unixIn(time.Hour)), "Retry at: ")
	tooFar.reads, tooFar.requests = final, final
	farUnavailable := broken("503, Retry-After far", limited(http.StatusServiceUnavailable, secondsIn("3600")), "503", "Retry at: ")
	farUnavailable.reads = final
	farUnavailable.except = map[string]expectation{requestedResource: {final, unavailable, []string{"503"}}}
	notFound := refused(http.StatusNotFound, "Export Not Found", rebillytest.Problem(404, "Not Found", "No such export."), "No such export.", "Check the ID")
	notFound.except = map[string]expectation{
		refreshedResource: {removed, "Export Removed from State", []string{"Rebilly no longer has export", "The next apply requests a new export"}},
		listOfExports:     {final, "Organization Not Found", []string{"No such export."}},
		requestedResource: {final, "Organization Not Found", []string{"No such export."}},
		fileRecord:        {retried, "File Not Found", []string{"No such export.", "Request a new export."}},
	}
	refused408 := refused(http.StatusRequestTimeout, "Rebilly Unavailable", rebillytest.Respond(408, "text/plain", ""), "Request Timeout")
	refused408.reads = retried
	notImplemented := refused(http.StatusNotImplemented, unavailable, rebillytest.Problem(501, "Not Implemented", ""))
	notImplemented.acted = true
	sameHost := fault{
		name: "redirect to the same host", response: always(rebillytest.RespondWith(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.String(), http.StatusTemporaryRedirect)
		})),
		reads: followed, requests: final, acted: true, summary: "Redirect Refused", says: []string{"there were too many redirects"},
		except: map[string]expectation{requestedResource: {final, "Redirect Refused", []string{"the request changes something"}}},
	}

	return []fault{
		refused(http.StatusBadRequest, requestRefused, rebillytest.Problem(400, "Bad Request", "No."), "Bad Request", "No."),
		refused(http.StatusUnauthorized, "Invalid Rebilly Credential", rebillytest.Problem(401, "Unauthorized", "Unknown key."), "Unknown key.", "Credential: api_key"),
		refused(http.StatusForbidden, "Permission Denied", rebillytest.Problem(403, "Forbidden", "No."), "Forbidden", "Permission: "),
		notFound,
		unexpected("404, HTML of a proxy", false, rebillytest.NotFoundHTML(), "the host returned 404 Not Found", `text/html that begins with "<html>`),
		unexpected("404, JSON without a problem", false, rebillytest.NotFoundMessage(), "the host returned 404 Not Found"),
		refused(http.StatusConflict, requestRefused, rebillytest.Problem(409, "Conflict", "One is being made."), "One is being made."),
		refused(http.StatusUnprocessableEntity, requestRefused,
			rebillytest.Respond(422, "application/problem+json", `{"title":"Invalid","invalidFields":[{"field":"includeFiles","message":"is odd"}]}`),
			"Invalid field includeFiles: is odd"),
		busy("429, X-RateLimit-Retry-After near", limited(http.StatusTooManyRequests, unixIn(20*time.Second))),
		tooFar,
		busy("429, X-RateLimit-Retry-After past", limited(http.StatusTooManyRequests, unixIn(-time.Hour))),
		busy("429, X-RateLimit-Retry-After absent", rebillytest.RateLimited(time.Time{}), "Rate Limit Exceeded"),
		busy("429, X-RateLimit-Retry-After garbage", limited(http.StatusTooManyRequests, func(h http.Header) { h.Set("X-RateLimit-Retry-After", "soon") })),
		busy("429, X-RateLimit-Retry-After out of range", limited(http.StatusTooManyRequests, func(h http.Header) { h.Set("X-RateLimit-Retry-After", "99999999999999999999") })),
		busy("429, Retry-After in seconds", limited(http.StatusTooManyRequests, secondsIn("20"))),
		busy("429, Retry-After garbage", limited(http.StatusTooManyRequests, secondsIn("-1 day"))),
		broken("500", rebillytest.Problem(500, "Internal Server Error", "Oops."), "500", "Oops."),
		notImplemented,
		broken("502 with HTML", rebillytest.Respond(502, "text/html", "<h1>Bad Gateway</h1>"), "502", `text/html that begins with "<h1>Bad Gateway</h1>"`),
		broken("503", rebillytest.Problem(503, "Service Unavailable", "We are moving."), "503", "We are moving."),
		farUnavailable,
		refused408,
		broken("520 of a gateway", rebillytest.Respond(520, "text/html", "<h1>Unknown Error</h1>"), "520"),
		broken("504", rebillytest.Respond(504, "text/plain", ""), "504", "Gateway Timeout"),
		sameHost,
		elsewhere("redirect to another host", "https://collector.example.com/?key="+rebillytest.SecretKey, "refused to follow a redirect to https://collector.example.com:443"),
		elsewhere("redirect from https to http", "http://"+faultHost+"/organization-exports", "the connection would not be encrypted"),
		unexpected("redirect without a target", true, limited(http.StatusFound, func(http.Header) {}), "302"),
		unexpected("304", true, limited(http.StatusNotModified, func(http.Header) {}), "304"),
		hostile("credential in a problem", rebillytest.Problem(400, "Unknown key "+rebillytest.SecretKey, "The key "+rebillytest.SecretKey+" is not known."), "Unknown key ***", "The key *** is not known."),
		hostile("signed link in a problem", rebillytest.Problem(400, "No", "See https://files.example.com/"+rebillytest.SignedLinkSecret+"."), "See https://files.example.com/***"),
		hostile("control characters in a problem", rebillytest.Problem(400, "No\x1b[2J\x07", "a\r\nError: forged\u2028\u202e b\x00"), "400 No[2J", "Detail: a Error: forged b"),
		hostile("control characters in a body that is not JSON", rebillytest.Respond(400, "text/plain", "\x1b]0;title\x07\nError: forged "+rebillytest.SecretKey), "]0;title Error: forged ***"),
	}
}

// limited responds with status and the header that set sets.
func limited(status int, set func(http.Header)) rebillytest.Fault {
	return rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
		set(w.Header())
		w.WriteHeader(status)
	})
}

// unixIn requests the given delay by Rebilly's header.
func unixIn(delay time.Duration) func(http.Header) {
	return func(header http.Header) {
		header.Set("X-RateLimit-Retry-After", strconv.FormatInt(time.Now().Add(delay).Unix(), 10))
	}
}

// secondsIn requests a delay by the header Retry-After.
func secondsIn(value string) func(http.Header) {
	return func(header http.Header) { header.Set("Retry-After", value) }
}
