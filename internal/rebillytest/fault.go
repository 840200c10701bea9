package rebillytest

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"
)

// Fault replaces the response to one request.
type Fault struct {
	respond   http.HandlerFunc
	unchecked bool
}

// Problem responds with RFC 9457 problem details.
func Problem(status int, title, detail string) Fault {
	return Fault{respond: func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, status, title, detail)
	}}
}

// NotFoundHTML responds with 404 and the error page of nginx, like a proxy in
// front of the API.
func NotFoundHTML() Fault {
	return Respond(http.StatusNotFound, "text/html", "<html>\r\n"+
		"<head><title>404 Not Found</title></head>\r\n"+
		"<body>\r\n"+
		"<center><h1>404 Not Found</h1></center>\r\n"+
		"<hr><center>nginx</center>\r\n"+
		"</body>\r\n"+
		"</html>\r\n")
}

// NotFoundMessage responds with 404 and a JSON object that is not a problem
// object, like an API gateway without a route for the request.
func NotFoundMessage() Fault {
	return Respond(http.StatusNotFound, "application/json", `{"message":"no Route matched with those values"}`)
}

// RateLimited responds with 429 and the given time in X-RateLimit-Retry-After.
// It leaves the header out if the time is zero.
func RateLimited(until time.Time) Fault {
	return Fault{respond: func(w http.ResponseWriter, _ *http.Request) {
		if !until.IsZero() {
			w.Header().Set("X-RateLimit-Retry-After", strconv.FormatInt(until.Unix(), 10))
		}
		writeProblem(w, http.StatusTooManyRequests, "Rate Limit Exceeded", "Too many requests in this period of time.")
	}}
}

// RespondWith responds with handler. The fake does not validate the response.
func RespondWith(handler http.HandlerFunc) Fault {
	return Fault{respond: handler, unchecked: true}
}

// Respond responds with the given status code, content type, and body. The fake
// does not validate the response.
func Respond(status int, contentType, body string) Fault {
	return RespondWith(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
}

// JSON responds with 200 and body as application/json. The fake does not
// validate the response.
func JSON(body string) Fault {
	return Respond(http.StatusOK, "application/json", body)
}

// Redirect responds with a redirect to target with the given status code.
func Redirect(status int, target string) Fault {
	return RespondWith(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", target)
		w.WriteHeader(status)
	})
}

// Cut closes the connection without a response.
func Cut() Fault {
	return RespondWith(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
}

// CutBody responds with 200 and the beginning of a JSON body, and closes the
// connection.
func CutBody() Fault {
	return RespondWith(func(w http.ResponseWriter, _ *http.Request) {
		beginBody(w, http.StatusOK)
		panic(http.ErrAbortHandler)
	})
}

// Reset resets the connection without a response.
func Reset() Fault {
	return RespondWith(func(_ http.ResponseWriter, r *http.Request) {
		resetConnection(r)
		panic(http.ErrAbortHandler)
	})
}

// ResetBody responds with 200 and the beginning of a JSON body, and resets the
// connection.
func ResetBody() Fault {
	return RespondWith(func(w http.ResponseWriter, r *http.Request) {
		beginBody(w, http.StatusOK)
		resetConnection(r)
		panic(http.ErrAbortHandler)
	})
}

// CutAfterActing makes api carry out the request, and closes the connection
// without a response.
func CutAfterActing(api *API) Fault {
	return RespondWith(func(_ http.ResponseWriter, r *http.Request) {
		api.authenticate(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	})
}

// CutBodyAfterActing makes api carry out the request, responds with the status
// code and headers of its response and the beginning of a JSON body, and closes
// the connection.
func CutBodyAfterActing(api *API) Fault {
	return RespondWith(func(w http.ResponseWriter, r *http.Request) {
		recorded := httptest.NewRecorder()
		api.authenticate(recorded, r)
		maps.Copy(w.Header(), recorded.Header())
		beginBody(w, recorded.Code)
		panic(http.ErrAbortHandler)
	})
}

// HangAfterActing makes api carry out the request, and holds the response until
// release is closed or receives a value. It sends to started when it begins to
// wait. Both waits end when the client gives up.
func HangAfterActing(api *API, started chan<- struct{}, release <-chan struct{}) Fault {
	return Fault{respond: func(w http.ResponseWriter, r *http.Request) {
		recorded := httptest.NewRecorder()
		api.authenticate(recorded, r)
		select {
		case started <- struct{}{}:
		case <-r.Context().Done():
		}
		select {
		case <-release:
		case <-r.Context().Done():
		}
		replay(w, recorded)
	}}
}

// beginBody responds with status and the beginning of a JSON body.
func beginBody(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "1000")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"id":`))
	_ = http.NewResponseController(w).Flush()
}

// Hang does not respond. It holds the request until the client gives up.
func Hang() Fault {
	return RespondWith(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
}
