package provider

import (
	"net/http"
	"strconv"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// faultyAnswers are the answers other than success.
func faultyAnswers() []fault {
	refused := func(status int, answer rebillytest.Fault, says ...string) fault {
		return fault{name: strconv.Itoa(status), answer: always(answer), reads: final, requests: final, says: append(says, strconv.Itoa(status))}
	}
	busy := func(name string, answer rebillytest.Fault, says ...string) fault {
		return fault{name: name, answer: always(answer), reads: retried, requests: retried, says: append(says, "429")}
	}
	ill := func(name string, answer rebillytest.Fault, says ...string) fault {
		return fault{name: name, answer: always(answer), reads: retried, requests: final, acted: true, says: says}
	}
	elsewhere := func(name, target, says string) fault {
		return fault{name: name, answer: always(rebillytest.Redirect(http.StatusTemporaryRedirect, target)), reads: final, requests: final, acted: true, says: []string{says}}
	}
	tooFar := busy("429, X-RateLimit-Retry-After far", limited(http.StatusTooManyRequests, unixIn(time.Hour)), "Rebilly can be asked again from")
	tooFar.reads, tooFar.requests = final, final
	unavailable := ill("503, Retry-After far", limited(http.StatusServiceUnavailable, secondsIn("3600")), "503", "Rebilly can be asked again from")
	unavailable.reads = final
	unavailable.except = map[string]exception{requestedResource: {final, []string{"503"}}}
	notFound := refused(http.StatusNotFound, rebillytest.Problem(404, "Not Found", "No such export."), "No such export.")
	notFound.except = map[string]exception{refreshedResource: {fine, nil}}
	notImplemented := refused(http.StatusNotImplemented, rebillytest.Problem(501, "Not Implemented", ""))
	notImplemented.acted = true
	sameHost := fault{
		name: "redirect to the same host", answer: always(rebillytest.OffContract(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.String(), http.StatusTemporaryRedirect)
		})),
		reads: followed, requests: final, acted: true, says: []string{"the redirects go on and on"},
		except: map[string]exception{requestedResource: {final, []string{"the request changes something"}}},
	}

	return []fault{
		refused(http.StatusBadRequest, rebillytest.Problem(400, "Bad Request", "No."), "Bad Request", "No."),
		refused(http.StatusUnauthorized, rebillytest.Problem(401, "Unauthorized", "Unknown key."), "Unknown key.", "the attribute api_key"),
		refused(http.StatusForbidden, rebillytest.Problem(403, "Forbidden", "No."), "Forbidden", "permission"),
		notFound,
		refused(http.StatusConflict, rebillytest.Problem(409, "Conflict", "One is being made."), "One is being made."),
		refused(http.StatusUnprocessableEntity,
			rebillytest.Answer(422, "application/problem+json", `{"title":"Invalid","invalidFields":[{"field":"includeFiles","message":"is odd"}]}`),
			"Invalid field includeFiles: is odd"),
		busy("429, X-RateLimit-Retry-After near", limited(http.StatusTooManyRequests, unixIn(20*time.Second))),
		tooFar,
		busy("429, X-RateLimit-Retry-After past", limited(http.StatusTooManyRequests, unixIn(-time.Hour))),
		busy("429, X-RateLimit-Retry-After absent", rebillytest.RateLimited(time.Time{}), "Rate Limit Exceeded"),
		busy("429, X-RateLimit-Retry-After garbage", limited(http.StatusTooManyRequests, func(h http.Header) { h.Set("X-RateLimit-Retry-After", "soon") })),
		busy("429, X-RateLimit-Retry-After out of range", limited(http.StatusTooManyRequests, func(h http.Header) { h.Set("X-RateLimit-Retry-After", "99999999999999999999") })),
		busy("429, Retry-After in seconds", limited(http.StatusTooManyRequests, secondsIn("20"))),
		busy("429, Retry-After garbage", limited(http.StatusTooManyRequests, secondsIn("-1 day"))),
		ill("500", rebillytest.Problem(500, "Internal Server Error", "Oops."), "500", "Oops."),
		notImplemented,
		ill("502 with HTML", rebillytest.Answer(502, "text/html", "<h1>Bad Gateway</h1>"), "502", `text/html that begins with "<h1>Bad Gateway</h1>"`),
		ill("503", rebillytest.Problem(503, "Service Unavailable", "We are moving."), "503", "We are moving."),
		unavailable,
		ill("504", rebillytest.Answer(504, "text/plain", ""), "504", "Gateway Timeout"),
		sameHost,
		elsewhere("redirect to another host", "https://collector.example.com/?key="+rebillytest.SecretKey, "refused to follow a redirect to https://collector.example.com:443"),
		elsewhere("redirect from https to http", "http://"+faultHost+"/organization-exports", "the connection would not be encrypted"),
		odd("redirect without a target", http.StatusFound),
		odd("304", http.StatusNotModified),
		hostile("credential in a problem", rebillytest.Problem(400, "Unknown key "+rebillytest.SecretKey, "The key "+rebillytest.SecretKey+" is not known."), "Unknown key ***", "The key *** is not known."),
		hostile("signed link in a problem", rebillytest.Problem(400, "No", "See https://files.example.com/"+rebillytest.SignedLinkSecret+"."), "See https://files.example.com/***"),
		hostile("control characters in a problem", rebillytest.Problem(400, "No\x1b[2J\x07", "a\r\nError: forged\u2028\u202e b\x00"), "Title: No [2J", "Detail: a Error: forged b"),
		hostile("control characters in a body that is no JSON", rebillytest.Answer(400, "text/plain", "\x1b]0;title\x07\nError: forged "+rebillytest.SecretKey), "]0;title Error: forged ***"),
	}
}

// odd is an answer of a status that the API does not have.
func odd(name string, status int) fault {
	return fault{
		name: name, answer: always(limited(status, func(http.Header) {})),
		reads: final, requests: final, acted: true, says: []string{strconv.Itoa(status), "Rebilly's API has no such answer"},
	}
}

// hostile is a refusal whose words would do harm.
func hostile(name string, answer rebillytest.Fault, says ...string) fault {
	return fault{name: name, answer: always(answer), reads: final, requests: final, says: says}
}

// limited answers with status and what set says of the time to wait.
func limited(status int, set func(http.Header)) rebillytest.Fault {
	return rebillytest.OffContract(func(w http.ResponseWriter, _ *http.Request) {
		set(w.Header())
		w.WriteHeader(status)
	})
}

// unixIn says that the API can be asked again after so long.
func unixIn(wait time.Duration) func(http.Header) {
	return func(header http.Header) {
		header.Set("X-RateLimit-Retry-After", strconv.FormatInt(time.Now().Add(wait).Unix(), 10))
	}
}

func secondsIn(value string) func(http.Header) {
	return func(header http.Header) { header.Set("Retry-After", value) }
}

// faultyRequests are the faults of requesting an export after which there is
// one.
func faultyRequests() []fault {
	withLocation := func(contentType, body string) func(object, *rebillytest.API) rebillytest.Fault {
		return always(rebillytest.OffContract(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://api.rebilly.com/organization-exports/"+exportID)
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(body))
		}))
	}

	return []fault{
		{
			name:  "connection cut after the API acted",
			reads: skipped, requests: final, acted: true, says: []string{"no answer from " + faultHost + " after 1 attempt", "terraform import"},
			answer: func(_ object, api *rebillytest.API) rebillytest.Fault { return rebillytest.CutAfterActing(api) },
		},
		{
			name:  "body cut after the API acted",
			reads: skipped, requests: recovered, acted: true,
			answer: func(_ object, api *rebillytest.API) rebillytest.Fault { return rebillytest.CutBodyAfterActing(api) },
		},
		{name: "201 with HTML and a Location", reads: skipped, requests: recovered, acted: true, answer: withLocation("text/html", "<html>")},
		{name: "201 with nothing and a Location", reads: skipped, requests: recovered, acted: true, answer: withLocation("application/json", "")},
	}
}
