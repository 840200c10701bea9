package provider

import (
	"net/http"
	"strconv"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// faultyStatuses are responses with other status codes than 2xx.
func faultyStatuses() []fault {
	refused := func(status int, summary string, response rebillytest.Fault, facts ...string) fault {
		return fault{
			name: strconv.Itoa(status), response: always(response), reads: final, requests: final,
			summary: summary, facts: append(facts, strconv.Itoa(status)),
		}
	}
	busy := func(name string, becomes outcome, set func(http.Header)) fault {
		return fault{
			name: "429, " + name, response: always(limited(http.StatusTooManyRequests, set)),
			reads: becomes, requests: becomes, summary: "Rate Limit Exceeded", facts: []string{"429"},
		}
	}
	// The name begins with the status code.
	broken := func(name string, response rebillytest.Fault, facts ...string) fault {
		return fault{
			name: name, response: always(response), reads: retried, requests: final, acted: true,
			summary: "Rebilly Unavailable", facts: append(facts, name[:3]),
		}
	}
	redirected := func(name, target, fact string) fault {
		return fault{
			name: name, response: always(rebillytest.Redirect(http.StatusTemporaryRedirect, target)),
			reads: final, requests: final, acted: true, summary: "Redirect Refused", facts: []string{fact},
		}
	}
	// What a proxy or another server returns.
	foreign := func(name string, acted bool, response rebillytest.Fault, status string) fault {
		return fault{
			name: name, response: always(response), reads: final, requests: final, acted: acted,
			summary: "Unexpected Response", facts: []string{status},
		}
	}
	// Its text would do harm.
	hostile := func(name string, response rebillytest.Fault, facts ...string) fault {
		return fault{name: name, response: always(response), reads: final, requests: final, summary: "Request Refused", facts: facts}
	}

	notFound := refused(404, "Export Not Found", rebillytest.Problem(404, "Not Found", "No such export."), "No such export.")
	notFound.except = map[string]expectation{
		refreshedResource: {outcome: removed, summary: "Export Removed from State"},
		listing:           {outcome: final, summary: "Organization Not Found"},
		requesting:        {outcome: final, summary: "Organization Not Found"},
		fileRecord:        {outcome: retried, summary: "File Not Found"},
	}
	refused408 := refused(408, "Rebilly Unavailable", rebillytest.Respond(408, "text/plain", ""), "Request Timeout")
	refused408.reads = retried
	notImplemented := refused(501, "Rebilly Unavailable", rebillytest.Problem(501, "Not Implemented", ""))
	notImplemented.acted = true
	farUnavailable := broken("503, Retry-After far", limited(http.StatusServiceUnavailable, header("Retry-After", "3600")))
	farUnavailable.reads = tooFar
	sameHost := redirected("redirect to the same host", "", "")
	sameHost.reads, sameHost.response = followed, always(rebillytest.RespondWith(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.String(), http.StatusTemporaryRedirect)
	}))

	return []fault{
		refused(400, "Request Refused", rebillytest.Problem(400, "Bad Request", "No."), "Bad Request", "No."),
		refused(401, "Invalid Rebilly Credential", rebillytest.Problem(401, "Unauthorized", "Unknown key."), "Unknown key.", "\nCredential: api_key"),
		refused(403, "Permission Denied", rebillytest.Problem(403, "Forbidden", "No."), "Forbidden", "\nPermission: "),
		notFound,
		foreign("404, HTML of a proxy", false, rebillytest.NotFoundHTML(), "404 Not Found"),
		foreign("404, JSON without a problem", false, rebillytest.NotFoundMessage(), "404 Not Found"),
		refused(409, "Request Refused", rebillytest.Problem(409, "Conflict", "One is being made."), "One is being made."),
		refused(422, "Request Refused",
			rebillytest.Respond(422, "application/problem+json", `{"title":"Invalid","invalidFields":[{"field":"includeFiles","message":"is odd"}]}`),
			"includeFiles: is odd"),
		busy("X-RateLimit-Retry-After near", retried, unixIn(20*time.Second)),
		busy("X-RateLimit-Retry-After far", tooFar, unixIn(time.Hour)),
		busy("X-RateLimit-Retry-After past", retried, unixIn(-time.Hour)),
		busy("X-RateLimit-Retry-After absent", retried, func(http.Header) {}),
		busy("X-RateLimit-Retry-After garbage", retried, header("X-RateLimit-Retry-After", "soon")),
		busy("X-RateLimit-Retry-After out of range", retried, header("X-RateLimit-Retry-After", "99999999999999999999")),
		busy("Retry-After in seconds", retried, header("Retry-After", "20")),
		busy("Retry-After garbage", retried, header("Retry-After", "-1 day")),
		broken("500", rebillytest.Problem(500, "Internal Server Error", "Oops."), "Oops."),
		notImplemented,
		broken("502 with HTML", rebillytest.Respond(502, "text/html", "<h1>Bad Gateway</h1>"), "text/html", `"<h1>Bad Gateway</h1>"`),
		broken("503", rebillytest.Problem(503, "Service Unavailable", "We are moving."), "We are moving."),
		farUnavailable,
		refused408,
		broken("520 of a gateway", rebillytest.Respond(520, "text/html", "<h1>Unknown Error</h1>")),
		broken("504", rebillytest.Respond(504, "text/plain", ""), "Gateway Timeout"),
		sameHost,
		redirected("redirect to another host", "https://collector.example.com/?key="+rebillytest.SecretKey, "https://collector.example.com:443"),
		redirected("redirect from https to http", "http://"+faultHost+"/organization-exports", "not be encrypted"),
		foreign("redirect without a target", true, limited(http.StatusFound, func(http.Header) {}), "302"),
		foreign("304", true, limited(http.StatusNotModified, func(http.Header) {}), "304"),
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

func header(name, value string) func(http.Header) {
	return func(header http.Header) { header.Set(name, value) }
}
