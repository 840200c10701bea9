package provider

import (
	"net/http"
	"strconv"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// faultyStatuses are responses with other status codes than 2xx.
func faultyStatuses() []fault {
	refused := func(name, summary string, response rebillytest.Fault, facts ...string) fault {
		return fault{name: name, response: always(response), reads: final, requests: final, summary: summary, facts: facts}
	}
	busy := func(name string, becomes outcome, set func(http.Header)) fault {
		f := refused("429, "+name, "Rate Limit Exceeded", limited(http.StatusTooManyRequests, set), "429")
		f.reads, f.requests = becomes, becomes

		return f
	}
	broken := func(name string, becomes outcome, response rebillytest.Fault, facts ...string) fault {
		f := refused(name, "Rebilly Unavailable", response, append(facts, name[:3])...) // The name begins with the status code.
		f.reads, f.acted = becomes, true

		return f
	}
	// The error of a POST says that an export may have been requested.
	redirected := func(name, summary string, response rebillytest.Fault, fact string) fault {
		f := refused(name, summary, response, fact)
		f.acted = true

		return f
	}
	const unexpected, redirectRefused = "Unexpected Response", "Redirect Refused"

	notFound := refused("404", "Export Not Found", rebillytest.Problem(404, "Not Found", "No such export."), "No such export.", "404")
	notFound.except = map[string]expectation{
		refreshedResource: {outcome: removed, summary: "Export Removed from State"},
		listing:           {outcome: final, summary: "Organization Not Found"},
		requesting:        {outcome: final, summary: "Organization Not Found"},
		fileRecord:        {outcome: retried, summary: "File Not Found"},
	}
	refused408 := refused("408", "Rebilly Unavailable", rebillytest.Respond(408, "text/plain", ""), "408 Request Timeout")
	refused408.reads = retried
	sameHost := redirected("redirect to the same host", redirectRefused, rebillytest.RespondWith(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.String(), http.StatusTemporaryRedirect)
	}), "redirects the request to itself")
	sameHost.reads = followed

	return []fault{
		refused("400", "Request Refused", rebillytest.Problem(400, "Bad Request", "No."), "400 Bad Request", "No."),
		refused("401", "Invalid Rebilly Credential", rebillytest.Problem(401, "Unauthorized", "Unknown key."), "401", "Unknown key.", "\nCredential: api_key"),
		refused("403", "Permission Denied", rebillytest.Problem(403, "Forbidden", "No."), "403 Forbidden", "\nPermission: "),
		notFound,
		refused("404, HTML of a proxy", unexpected, rebillytest.NotFoundHTML(), "404 Not Found"),
		refused("404, JSON without a problem", unexpected, rebillytest.NotFoundMessage(), "404 Not Found"),
		refused("409", "Request Refused", rebillytest.Problem(409, "Conflict", "One is being made."), "409", "One is being made."),
		refused("422", "Request Refused",
			rebillytest.Respond(422, "application/problem+json", `{"title":"Invalid","invalidFields":[{"field":"includeFiles","message":"is odd"}]}`),
			"422", "includeFiles: is odd"),
		busy("X-RateLimit-Retry-After near", retried, unixIn(20*time.Second)),
		busy("X-RateLimit-Retry-After far", tooFar, unixIn(time.Hour)),
		busy("X-RateLimit-Retry-After past", retried, unixIn(-time.Hour)),
		busy("X-RateLimit-Retry-After absent", retried, func(http.Header) {}),
		busy("X-RateLimit-Retry-After garbage", retried, header("X-RateLimit-Retry-After", "soon")),
		busy("X-RateLimit-Retry-After out of range", retried, header("X-RateLimit-Retry-After", "99999999999999999999")),
		busy("Retry-After in seconds", retried, header("Retry-After", "20")),
		busy("Retry-After garbage", retried, header("Retry-After", "-1 day")),
		broken("500", retried, rebillytest.Problem(500, "Internal Server Error", "Oops."), "Oops."),
		broken("501", final, rebillytest.Problem(501, "Not Implemented", "")),
		broken("502 with HTML", retried, rebillytest.Respond(502, "text/html", "<h1>Bad Gateway</h1>"), "text/html", `"<h1>Bad Gateway</h1>"`),
		broken("503", retried, rebillytest.Problem(503, "Service Unavailable", "We are moving."), "We are moving."),
		broken("503, Retry-After far", tooFar, limited(http.StatusServiceUnavailable, header("Retry-After", "3600"))),
		refused408,
		broken("520 of a gateway", retried, rebillytest.Respond(520, "text/html", "<h1>Unknown Error</h1>")),
		broken("504", retried, rebillytest.Respond(504, "text/plain", ""), "Gateway Timeout"),
		sameHost,
		redirected("redirect to another host", redirectRefused, rebillytest.Redirect(307, "https://collector.example.com/?key="+rebillytest.SecretKey), "https://collector.example.com:443"),
		redirected("redirect from https to http", redirectRefused, rebillytest.Redirect(307, "http://"+faultHost+"/organization-exports"), "not be encrypted"),
		redirected("redirect without a target", unexpected, limited(http.StatusFound, func(http.Header) {}), "302"),
		redirected("304", unexpected, limited(http.StatusNotModified, func(http.Header) {}), "304"),
		refused("credential in a problem", "Request Refused", rebillytest.Problem(400, "Unknown key "+rebillytest.SecretKey, "The key "+rebillytest.SecretKey+" is not known."), "Unknown key ***", "The key *** is not known."),
		refused("signed link in a problem", "Request Refused", rebillytest.Problem(400, "No", "See https://files.example.com/"+rebillytest.SignedLinkSecret+"."), "See https://files.example.com/***"),
		refused("control characters in a problem", "Request Refused", rebillytest.Problem(400, "No\x1b[2J\x07", "a\r\nError: forged\u2028\u202e b\x00"), "400 No[2J", "Detail: a Error: forged b"),
		refused("control characters in a body that is not JSON", "Request Refused", rebillytest.Respond(400, "text/plain", "\x1b]0;title\x07\nError: forged "+rebillytest.SecretKey), "]0;title Error: forged ***"),
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
