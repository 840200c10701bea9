package rebilly

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// mustBeHarmless fails the test if text is not safe to show: it has more than
// limit characters and an ellipsis, or something that clean removes.
func mustBeHarmless(t *testing.T, text string, limit int) {
	t.Helper()
	if length := utf8.RuneCountInString(text); length > limit+1 {
		t.Errorf("%d characters are shown, and the limit is %d: %q", length, limit, text)
	}
	for _, character := range text {
		if !unicode.IsPrint(character) {
			t.Errorf("%q is shown in %q", character, text)
		}
	}
	mustNotShow(t, "the text", text)
	for _, link := range afterHost.FindAllStringSubmatch(text, -1) {
		if rest := strings.TrimRight(link[1], "…"); rest != "" && !strings.HasPrefix(rest+mask, "/"+mask) {
			t.Errorf("%q is shown of a link in %q", rest, text)
		}
	}
}

// afterHost matches a link.
var afterHost = regexp.MustCompile(`//[\pL\pN._:\[\]*-]*([^\s"<>]*)`)

// bodies are seeds: valid responses first, then invalid ones.
var bodies = []string{
	`{"id":"x","userId":"usr_1","fileId":null,"status":"completed","resources":[{"type":"users","recordCount":9223372036854775807}],` +
		`"createdTime":"2026-03-14T09:26:53Z","updatedTime":"2026-03-14T09:36:53.123456789+05:30","retentionTime":null,` +
		`"_links":[{"rel":"signedLink","href":"https:\/\/files.example.com\/` + rebillytest.SignedLinkSecret + `"}]}`,
	`{"id":"x","status":"queued"}`,
	`{"id":"x","status":"queued","resources":[{"recordCount":-1}]}`,
	`{"id":"x","status":"queued","resources":[{"recordCount":1e3}]}`,
	`{"id":"x","status":"queued","createdTime":"2026-02-30T00:00:00Z"}`,
	`{"id":"x","status":"queued","_links":[null]}`,
	`{"id":"x","status":"queued","new":1,"new":2,"NEW":3}`,
	`{"id":"x","id":"y","status":"queued"}`,
	`{"\u0069d":"x","STATUS":"queued"}`,
	`{"id":"x","status":"\ud800"}`,
	"{\"id\":\"x\",\"status\":\"\xff\"}",
	"\ufeff{}", `{}`, `[]`, `[null]`, `null`, `"text"`, `1e999`, `{"id":`, `{}{}`, ``, ` `,
	"<html>\x1b[31m" + rebillytest.SecretKey,
}

func FuzzExport(f *testing.F) {
	for _, body := range bodies {
		f.Add([]byte(body), "application/json")
		f.Add([]byte("["+body+","+body+"]"), "")
	}
	client := newTestClient(f, nil)
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		received := &response{header: http.Header{"Content-Type": {contentType}}, body: body}
		export, err := client.decodeExport(received)
		if err == nil {
			mustBeValid(t, export)
		} else {
			mustBeHarmless(t, err.Error(), maxShownText+100)
		}
		var exports elements[OrganizationExport]
		if err := client.decode(received, '[', &exports); err != nil {
			mustBeHarmless(t, err.Error(), maxShownText+100)
		}
		for _, export := range exports {
			if export.validate() == nil {
				mustBeValid(t, export)
			}
		}
	})
}

// mustBeValid fails the test if export breaks a promise of its doc comments.
func mustBeValid(t *testing.T, export *OrganizationExport) {
	t.Helper()
	if export.ID == "" || export.Status == "" || slices.Contains(export.Resources, nil) || slices.Contains(export.Links, nil) {
		t.Errorf("accepted without an ID or a status, or with null as an element: %+v", export)
	}
	for _, timestamp := range []*string{export.CreatedTime, export.UpdatedTime, export.RetentionTime} {
		if timestamp == nil {
			continue
		}
		if _, err := time.Parse(time.RFC3339, *timestamp); err != nil {
			t.Errorf("accepted the timestamp %q", *timestamp)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	now := time.Date(2026, time.March, 14, 9, 26, 53, 0, time.UTC)
	for _, value := range []string{"", "0", "-1", "20", "1773480433", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "1e3", " 5", "5s", "soon", now.Format(http.TimeFormat), now.Format(time.RFC850), now.Format(time.ANSIC)} {
		f.Add(value, "", "")
		f.Add("", value, "")
		f.Add("1773480433", "", value)
	}
	client := newTestClient(f, http.NotFoundHandler())
	f.Fuzz(func(t *testing.T, limit, after, date string) {
		header := http.Header{"X-Ratelimit-Retry-After": {limit}, "Retry-After": {after}, "Date": {date}}
		at := retryAt(header, now)
		if !at.IsZero() && !at.After(now) {
			t.Errorf("got the time %s", at)
		}
		if delay := client.retryDelay(3, at); delay < 0 && time.Until(at) <= math.MaxInt64/2 {
			t.Errorf("would wait %s", delay)
		}
		_ = client.newProblem(&http.Response{StatusCode: http.StatusTooManyRequests, Header: header}, nil).Error()
	})
}

func FuzzProblem(f *testing.F) {
	for _, body := range append(bodies,
		`{"type":"about:blank","title":"Invalid","status":422,"detail":"The key `+rebillytest.SecretKey+` is not known.","instance":"/problems/1",`+
			`"invalidFields":[{"field":"includeFiles","message":"is odd\u001b[0m"}]}`,
		`{"title":["no","string"],"detail":{},"invalidFields":{"field":1}}`,
		`{"detail":"https://files.example.com/`+rebillytest.SignedLinkSecret+`"}`,
	) {
		f.Add(422, "application/problem+json", "req_1", []byte(body))
	}
	client := newTestClient(f, http.NotFoundHandler())
	f.Fuzz(func(t *testing.T, status int, contentType, requestID string, body []byte) {
		// A server knows the credential and can send it back anywhere.
		body = []byte(strings.ReplaceAll(string(body), "KEY", rebillytest.SecretKey))
		problem := client.newProblem(&http.Response{
			StatusCode: status,
			Header:     http.Header{"Content-Type": {contentType}, requestIDHeader: {requestID}},
		}, body)
		if problem.Status != status {
			t.Errorf("the status is %d, want %d", problem.Status, status)
		}
		if IsNotFound(problem) && (status != http.StatusNotFound || !json.Valid(body) || bytes.TrimSpace(body)[0] != '{') {
			t.Errorf("a %d with the body %q proves that there is no export", status, body)
		}
		for _, text := range []string{problem.Title, problem.Detail, problem.Instance} {
			mustBeHarmless(t, text, maxShownText)
		}
		mustBeHarmless(t, problem.RequestID, maxShownExcerpt)
		for _, invalid := range problem.InvalidFields {
			mustBeHarmless(t, invalid.Field, maxShownExcerpt)
			mustBeHarmless(t, invalid.Message, maxShownText)
		}
	})
}

// A secret in any of these spellings never comes out, whatever surrounds it. What is
// clean stays as it is.
func FuzzRedactor(f *testing.F) {
	for _, seed := range []string{
		"", "see ", "\n", "a\u200bb", "'", "%", "\\", "/", "//", "https://host/", "?x=", "\x00", "é", "http:", "@", "key",
		"KEY", "a KEYKEY b", "https://user:pass@files.example.com/a?b#c", `https:\/\/files.example.com\/a`, "HTTPS://files.example.com?q", "https://KEY.example.com/KEY",
		"https://https://a/b", "\x1b]0;title\x07", "a\r\nb\u2028c\u202ed", strings.Repeat("é", 2000), "\xff\xfe",
	} {
		for spelling := range spellings("") {
			f.Add(seed, uint8(spelling), seed)
		}
	}
	redactor := newRedactor(SecretKey(rebillytest.SecretKey))
	f.Fuzz(func(t *testing.T, before string, spelling uint8, after string) {
		all := spellings(after)
		mustBeHarmless(t, redactor.clean(before+all[int(spelling)%len(all)], maxShownText), maxShownText)
		cleaned := redactor.clean(strings.ReplaceAll(before, "KEY", rebillytest.SecretKey), maxShownText)
		mustBeHarmless(t, cleaned, maxShownText)
		if again := redactor.clean(cleaned, maxShownText+1); again != cleaned {
			t.Errorf("clean text is cleaned once more: %q, then %q", cleaned, again)
		}
	})
}

// spellings returns texts with the key or a signed link, and after behind it.
func spellings(after string) []string {
	const link = "files.example.com/e.zip?a=" + rebillytest.SignedLinkSecret
	key, half := rebillytest.SecretKey, len(rebillytest.SecretKey)/2
	escape := func(format string) string {
		var escaped strings.Builder
		for _, character := range []byte(key) {
			fmt.Fprintf(&escaped, format, character)
		}

		return escaped.String()
	}

	return []string{
		key + after, key[:half] + "\n" + key[half:], key[:half] + "\r\n  " + key[half:], key[:half] + "\u200b" + key[half:], key[:half] + "\x1b" + key[half:], key[:half] + "\u034f" + key[half:],
		escape("%%%02X"), escape(`\u%04x`), escape(`\x%02x`), escape("&#x%x;"),
		"https://" + link, "s3://" + link, "gs://" + link, "//" + link, `https:\/\/` + strings.ReplaceAll(link, "/", `\/`), `https:\u002f\u002f` + strings.ReplaceAll(link, "/", `\u002f`),
		escape("&#%d"), escape("&#x%x"), escape(`\%03o`), escape(`\u{%x}`), escape("=%02X"), key[:half] + `\n` + key[half:], key[:half] + "%0A" + key[half:], key[:half] + "\u00a0" + key[half:],
		"https://%66iles.example.com/" + link, `https://\u0066iles.example.com/` + link, "https://{b}." + link, `https:\\h\` + rebillytest.SignedLinkSecret, "https:&#47&#47h/" + link,
		"X-Amz-Signature: " + rebillytest.SignedLinkSecret, "Signature = " + rebillytest.SignedLinkSecret, "'Signature': '" + rebillytest.SignedLinkSecret, "Signature&#61;" + rebillytest.SignedLinkSecret,
		url.QueryEscape("https://" + link), url.QueryEscape(url.QueryEscape("https://" + link)), "https:/%2F" + link, "https:&#x2F;&#x2f;" + link,
		"https://files.example.com/e.zip?response-content-disposition=UTF-8''x.zip&X-Amz-Signature=" + rebillytest.SignedLinkSecret,
		"https://files.exam\nple.com/e.zip?a=\r\n\t" + rebillytest.SignedLinkSecret, "https:/\n/" + link, "ht\ntps://" + link,
		"https://user:" + rebillytest.SignedLinkSecret + "@files.example.com/", "https://a@b:" + rebillytest.SignedLinkSecret + "@files.example.com",
		"X-Amz-Signature=" + rebillytest.SignedLinkSecret, "x-goog-signature%3D" + rebillytest.SignedLinkSecret, "?sig=" + rebillytest.SignedLinkSecret,
		`"X-Amz-Security-Token": "` + rebillytest.SignedLinkSecret, `\u0026Signature\u003d` + rebillytest.SignedLinkSecret, "/e.zip&Key-Pair-Id=" + rebillytest.SignedLinkSecret,
	}
}

func FuzzSignedLink(f *testing.F) {
	for _, link := range []string{
		"https://files.example.com/e.zip?a=b", "https://[::1]:443/x", "http://127.0.0.1/x", "https://a@b/", "https://h/\"\noutput = \"x", "file:///etc/passwd",
		"https://h/%0a", "https://h/[a-z]", "HTTPS://h", "https:///x", "//h/x", "https://h\\x", "https://h/$(x)`y`", "", strings.Repeat("x", maxLinkLength+1),
	} {
		f.Add(link)
	}
	client := newTestClient(f, nil)
	f.Fuzz(func(t *testing.T, link string) {
		rel := signedLink
		got, err := client.SignedLink(&OrganizationExport{Links: []*Link{{Rel: &rel, Href: &link}}})
		if err != nil {
			if utf8.ValidString(link) {
				mustBeHarmless(t, err.Error(), maxShownText)
			}

			return
		}
		target, err := url.Parse(*got)
		if err != nil || target.Scheme != "https" || target.User != nil || target.Hostname() == "" || len(link) > maxLinkLength ||
			strings.ContainsFunc(link, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"\\<>^`{|}", r) }) {
			t.Errorf("%q is accepted", link)
		}
	})
}

func FuzzValidateID(f *testing.F) {
	for _, id := range []string{"x", exportID, ".", "..", "...", "", "a/b", "%2e", "@~-._", "é", "x\n", strings.Repeat("x", 51)} {
		f.Add(id)
	}
	client := newTestClient(f, nil)
	f.Fuzz(func(t *testing.T, id string) {
		if err := ValidateID(id); err != nil {
			if utf8.ValidString(id) {
				mustBeHarmless(t, err.Error(), maxShownText)
			}

			return
		}
		target, err := client.resourceURL(id, exportsPath, id)
		if err != nil {
			t.Fatal(err)
		}
		sent, err := url.Parse(target.String())
		if err != nil {
			t.Fatal(err)
		}
		if sent.Path != "/organizations/"+id+"/organization-exports/"+id || sent.Host != client.base.Host || len(id) > maxIDLength {
			t.Errorf("%q results in %s", id, sent)
		}
	})
}

func FuzzValidateBaseURL(f *testing.F) {
	for _, address := range []string{
		LiveBaseURL, SandboxBaseURL, "http://localhost:8080/", "http://[::1]:80/a/../b", "http://127.0.0.1", "https://user:PASSWORD@api.rebilly.com",
		"https://", "https://api.rebilly.com?q", "https://api.rebilly.com#", "http://api.rebilly.com", "//api.rebilly.com", "https:api.rebilly.com", "https://api.rebilly.com/%2f", "user:PASSWORD@api.rebilly.com", "https:user:PASSWORD@host", "https://\u0430pi.rebilly.com", "http://127.0.0.1.example.com",
	} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if err := ValidateBaseURL(address); err != nil {
			if strings.Contains(err.Error(), "PASSWORD") {
				t.Errorf("the error shows a part of the URL: %v", err)
			}

			return
		}
		client, err := NewClient(Config{BaseURL: address, Credential: SecretKey(rebillytest.SecretKey)})
		if err != nil {
			t.Fatalf("%q is valid, but NewClient refuses it: %v", address, err)
		}
		target, err := client.resourceURL("", exportsPath, "x")
		if err != nil {
			t.Fatal(err)
		}
		sent, err := url.Parse(target.String())
		if err != nil {
			t.Fatalf("%q is valid, but no request can be created: %v", address, err)
		}
		if sent.User != nil || sent.Hostname() == "" || sent.RawQuery != "" || path.Base(sent.Path) != "x" {
			t.Errorf("%q results in %s", address, sent)
		}
		if sent.Scheme != "https" && !isLoopback(sent.Hostname()) {
			t.Errorf("%q sends the credential unencrypted to %s", address, sent)
		}
	})
}

func FuzzValidateCredential(f *testing.F) {
	for _, secret := range []string{rebillytest.SecretKey, rebillytest.JWT, "", " ", "key\n", "Bearer token-of-some-length", "ключ-которого-нет", "a b", "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09"} {
		f.Add(secret)
	}
	f.Fuzz(func(t *testing.T, secret string) {
		err := ValidateCredential(secret)
		if err != nil {
			// Shorter ones can be parts of words.
			if len(secret) >= 12 && strings.Contains(err.Error(), secret) {
				t.Errorf("the error shows the secret: %v", err)
			}

			return
		}
		client := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("REB-APIKEY"); got != secret {
				t.Errorf("%q was sent", got)
			}
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"title":` + strconv.Quote("the key "+secret) + `}`))
		}), func(c *Config) { c.Credential = SecretKey(secret) })
		_, err = client.GetOrganizationExport(t.Context(), "", "x")
		if len(secret) >= 12 && strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows the secret: %v", err)
		}
	})
}
