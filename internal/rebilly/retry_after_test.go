package rebilly

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestRetryAt_ofHeaders(t *testing.T) {
	t.Parallel()
	const delay = 95 * time.Second
	now := time.Date(2026, time.March, 14, 9, 26, 53, 0, time.UTC)
	unix := func(after time.Duration) string { return strconv.FormatInt(now.Add(after).Unix(), 10) }
	date := func(after time.Duration) string { return now.Add(after).Format(http.TimeFormat) }
	tests := map[string]struct {
		limit, after, date string
		want               time.Duration
	}{
		"X-RateLimit-Retry-After":         {limit: unix(delay), want: delay},
		"Retry-After in seconds":          {after: "95", want: delay},
		"Retry-After as a date":           {after: date(delay), want: delay},
		"X-RateLimit-Retry-After first":   {limit: unix(delay), after: "7", want: delay},
		"X-RateLimit-Retry-After invalid": {limit: "soon", after: "95", want: delay},
		"Unix time, server's clock ahead": {limit: unix(delay + 15*time.Minute), date: date(15 * time.Minute), want: delay},
		"date, server's clock behind":     {after: date(delay - time.Hour), date: date(-time.Hour), want: delay},
		"seconds, server's clock ahead":   {after: "95", date: date(time.Hour), want: delay},
		"Unix time, invalid Date":         {limit: unix(delay), date: "soon", want: delay},
		"past":                            {limit: unix(-1), after: date(-time.Hour)},
		"text":                            {limit: "soon", after: "soon"},
		"negative":                        {limit: "-5", after: "-5"},
		"missing":                         {},
	}
	for name, test := range tests {
		want := time.Time{}
		if test.want > 0 {
			want = now.Add(test.want)
		}
		header := http.Header{"X-Ratelimit-Retry-After": {test.limit}, "Retry-After": {test.after}, "Date": {test.date}}
		if got := retryAt(header, now); !got.Equal(want) {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestClient_retryAfterTooFar(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		delay, deadline time.Duration
		allowed         time.Duration // -1 means that the delay is honored
		broken          bool          // the body of the response
		late            bool          // the response comes after the deadline, to a POST
	}{
		"rate limit window":               {delay: 10 * time.Minute, deadline: time.Hour, allowed: -1},
		"longer than a rate limit window": {delay: 11 * time.Minute, deadline: time.Hour, allowed: 10 * time.Minute},
		"longer than the deadline":        {delay: 2 * time.Minute, deadline: time.Minute, allowed: time.Minute},
		"longer than both":                {delay: 24 * time.Hour, deadline: time.Hour, allowed: 10 * time.Minute},
		"with a broken body":              {delay: 24 * time.Hour, deadline: time.Hour, allowed: 10 * time.Minute, broken: true},
		"after the deadline":              {delay: time.Minute, deadline: time.Second, late: true},
	}
	for name, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), test.deadline)
			defer cancel()
			api := rebillytest.NewFor(t)
			api.Fail(rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
				if test.late {
					<-time.After(test.deadline)
				}
				w.Header().Set("Retry-After", strconv.Itoa(int(test.delay.Seconds())))
				w.WriteHeader(http.StatusTooManyRequests)
				if test.broken {
					_ = http.NewResponseController(w).Flush()
					panic(http.ErrAbortHandler)
				}
			}))
			operation := operations["get"]
			if test.late {
				operation = operations["create"]
			}
			err := operation.call(ctx, newTestClient(t, api), "")
			tooFar, ok := errors.AsType[*RetryAfterError](err)
			if ok != (test.allowed >= 0) || !ok && err != nil {
				t.Fatalf("%s: got %v", name, err)
			}
			if !ok {
				return
			}
			if at := time.Now().Add(test.delay); tooFar.Allowed != test.allowed || !tooFar.Problem.RetryAt.Equal(at) || MayHaveActed(err) {
				t.Errorf("%s: got %v, want a delay until %s", name, err, at)
			}
			if waited := time.Since(start); waited > time.Second || len(api.Requests()) != 1 {
				t.Errorf("%s: waited %s and sent %d requests", name, waited, len(api.Requests()))
			}
		})
	}
}
