package rebilly

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestRedactor_masksEverySpelling(t *testing.T) {
	t.Parallel()
	const secret = "a+b/c=d%e&f"
	cleaner := newRedactor(SecretKey(secret))
	for _, text := range []string{"x a+b/c=d%e&f y", "x A+B/C=D%E&F y", "x a%2Bb%2Fc%3Dd%25e%26f y", "x a%2bb%2fc%3dd%25e%26f y", "x a+b%2Fc=d%25e&f y"} {
		if got := cleaner.clean(text, 100); got != "x *** y" {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestRedactor_masksBeforeItCuts(t *testing.T) {
	t.Parallel()
	const secret = "a+b/c=d%e&f"
	if got := newRedactor(SecretKey(secret)).clean("begin "+secret+strings.Repeat("x", 100), 10); got != "begin ***x…" {
		t.Errorf("got %q", got)
	}
}

func TestRedactor_showsOnlyHostOfLinks(t *testing.T) {
	t.Parallel()
	cleaner := newRedactor(SecretKey("key"))
	for text, want := range map[string]string{
		"see https://files.example.com/e.zip?signature=S, or ask": "see https://files.example.com/*** or ask",
		"https://files.example.com?signature=S":                   "https://files.example.com/***",
		"HTTPS://files.example.com#S":                             "HTTPS://files.example.com/***",
		"http://user:password@files.example.com:8443/e":           "http://files.example.com:8443/***",
		`https:\/\/files.example.com\/e.zip`:                      "***",
		`"https://a.example.com/1" <https://b.example.com/2>`:     `"https://a.example.com/***" <https://b.example.com/***>`,
		"https://files.example.com":                               "https://files.example.com",
	} {
		if got := cleaner.clean(text, 100); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestRedactor_masksEverySpellingOfLinksAndKeys(t *testing.T) {
	t.Parallel()
	cleaner := newRedactor(SecretKey(rebillytest.SecretKey))
	for _, text := range spellings("") {
		cleaned := cleaner.clean("before "+text, maxShownText)
		mustBeHarmless(t, cleaned, maxShownText)
		if !strings.HasPrefix(cleaned, "before ") && cleaned != mask {
			t.Errorf("%q became %q", text, cleaned)
		}
	}
}

func TestRedactor_masksOtherSecrets(t *testing.T) {
	t.Parallel()
	cleaner := newRedactor(SecretKey("key"), "p@ss", "", "dXNlcjpwQHNz")
	if got := cleaner.clean("p%40ss, p@ss, Basic dXNlcjpwQHNz", 100); got != "*** ***, Basic ***" {
		t.Errorf("got %q", got)
	}
}

// CI obeys commands at the beginning of a line, and some anywhere. Terraform breaks
// lines where it likes.
func TestRedactor_breaksCommandsOfCI(t *testing.T) {
	t.Parallel()
	got := newRedactor(SecretKey("key")).clean("a ::error file=a::b ##[add-mask]c ##vso[task.setvariable variable=d]e", 100)
	if want := "a : :error file=*** ## [add-mask]c ## vso[task.setvariable variable=***"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, text := range []string{"a::b", "##[a]", "##vso[a]"} {
		if err := validateText("status", &text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestRedactor_unquotesErrorsOfHTTP(t *testing.T) {
	t.Parallel()
	const secret = "sk_live_0123456789"
	err := fmt.Errorf("malformed MIME header: missing colon: %q", "sk_live_\u200b0123456789")
	if got := newRedactor(SecretKey(secret)).clean(err.Error(), 100); got != `malformed MIME header: missing colon: "***"` {
		t.Errorf("got %q", got)
	}
}

// What is cut at maxCleaned could be half a secret.
func TestRedactor_longText(t *testing.T) {
	t.Parallel()
	const secret = "sk_live_0123456789"
	cleaner := newRedactor(SecretKey(secret))
	for _, end := range []int{0, 1, len(secret) / 2, len(secret) - 1, len(secret)} {
		text := strings.Repeat(" ", maxCleaned-end) + secret + strings.Repeat("x", maxCleaned)
		if got := cleaner.clean(text, 100); strings.Contains(got, "sk_") {
			t.Fatalf("got %q", got)
		}
	}
	if got := cleaner.clean(strings.Repeat("x", 10<<20), 5); got != "xxxxx…" {
		t.Errorf("got %q", got)
	}
}

func TestRedactor_oneLine(t *testing.T) {
	t.Parallel()
	if got := newRedactor(SecretKey("key")).clean(" one\r\n\x1b[2Jtwo\u2028\u202e\x00 three\t", 100); got != "one [2Jtwo three" {
		t.Errorf("got %q", got)
	}
}
