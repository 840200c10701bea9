package rebillytest

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"
)

// Fault stands in for the answer to one request.
type Fault struct {
	answer      http.HandlerFunc
	offContract bool
}

// Problem answers with problem details of the given status, title and detail.
func Problem(status int, title, detail string) Fault {
	return Fault{answer: func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, status, title, detail)
	}}
}

// RateLimited answers 429 with the given time as X-RateLimit-Retry-After, or
// without that header where the time is zero.
func RateLimited(until time.Time) Fault {
	return Fault{answer: func(w http.ResponseWriter, _ *http.Request) {
		if !until.IsZero() {
			w.Header().Set("X-RateLimit-Retry-After", strconv.FormatInt(until.Unix(), 10))
		}
		writeProblem(w, http.StatusTooManyRequests, "Rate Limit Exceeded", "Too many requests in this period of time.")
	}}
}

// OffContract answers with handler, unchecked: it can break the contract.
func OffContract(handler http.HandlerFunc) Fault {
	return Fault{answer: handler, offContract: true}
}

// Answer answers with the given status, content type and body, unchecked.
func Answer(status int, contentType, body string) Fault {
	return OffContract(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
}

// JSON answers 200 with body as application/json, unchecked.
func JSON(body string) Fault {
	return Answer(http.StatusOK, "application/json", body)
}

// Redirect answers with a redirect of the given status to target.
func Redirect(status int, target string) Fault {
	return OffContract(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", target)
		w.WriteHeader(status)
	})
}

// Cut breaks the connection off before anything is answered.
func Cut() Fault {
	return OffContract(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
}

// CutBody answers 200, begins a JSON body and breaks the connection off.
func CutBody() Fault {
	return OffContract(func(w http.ResponseWriter, _ *http.Request) {
		beginBody(w, http.StatusOK)
		panic(http.ErrAbortHandler)
	})
}

// Reset resets the connection before anything is answered.
func Reset() Fault {
	return OffContract(func(_ http.ResponseWriter, r *http.Request) {
		resetConnection(r)
		panic(http.ErrAbortHandler)
	})
}

// ResetBody answers 200, begins a JSON body and resets the connection.
func ResetBody() Fault {
	return OffContract(func(w http.ResponseWriter, r *http.Request) {
		beginBody(w, http.StatusOK)
		resetConnection(r)
		panic(http.ErrAbortHandler)
	})
}

// CutAfterActing has api carry the request out, and breaks the connection off
// before anything is answered.
func CutAfterActing(api *API) Fault {
	return OffContract(func(_ http.ResponseWriter, r *http.Request) {
		api.authenticated(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	})
}

// CutBodyAfterActing has api carry the request out, answers with its status
// and headers, begins a JSON body and breaks the connection off.
func CutBodyAfterActing(api *API) Fault {
	return OffContract(func(w http.ResponseWriter, r *http.Request) {
		recorded := httptest.NewRecorder()
		api.authenticated(recorded, r)
		maps.Copy(w.Header(), recorded.Header())
		beginBody(w, recorded.Code)
		panic(http.ErrAbortHandler)
	})
}

// beginBody answers with status and the beginning of a JSON body.
func beginBody(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "1000")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"id":`))
	_ = http.NewResponseController(w).Flush()
}

// Hang answers nothing until the client gives up.
func Hang() Fault {
	return OffContract(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
}
