package rebilly

import (
	"cmp"
	"strings"
	"testing"
)

func TestRedactor_clean(t *testing.T) {
	t.Parallel()
	const secret, key = "a+b/c=d%e&f", "sk_live_0123456789abcdefXYZ"
	tests := map[string]struct {
		others []string
		limit  int // 0 means 100
		want   map[string]string
	}{
		"secrets in any spelling": {want: map[string]string{
			"x a+b/c=d%e&f y": "x *** y", "x A+B/C=D%E&F y": "x *** y", "x a%2Bb%2Fc%3Dd%25e%26f y": "x *** y", "x a%2bb%2fc%3dd%25e%26f y": "x *** y", "x a+b%2Fc=d%25e&f y": "x *** y",
		}},
		"other secrets":       {others: []string{"p@ss", "", "dXNlcjpwQHNz"}, want: map[string]string{"p%40ss, p@ss, Basic dXNlcjpwQHNz": "*** ***, Basic ***"}},
		"masked before a cut": {limit: 10, want: map[string]string{"begin " + secret + strings.Repeat("x", 100): "begin ***x…"}},
		"long text":           {limit: 5, want: map[string]string{strings.Repeat("x", 10<<20): "xxxxx…"}},
		"one line":            {want: map[string]string{" one\r\n\x1b[2Jtwo\u2028\u202e\x00 three\t": "one [2Jtwo three"}},
		"only hosts of links": {want: map[string]string{
			"see https://files.example.com/e.zip?signature=S, or ask": "see https://files.example.com/*** or ask",
			"https://files.example.com?signature=S":                   "https://files.example.com/***",
			"HTTPS://files.example.com#S":                             "HTTPS://files.example.com/***",
			"http://user:password@files.example.com:8443/e":           "http://files.example.com:8443/***",
			`https:\/\/files.example.com\/e.zip`:                      "***",
			`"https://a.example.com/1" <https://b.example.com/2>`:     `"https://a.example.com/***" <https://b.example.com/***>`,
			"https://files.example.com":                               "https://files.example.com",
		}},
		"parts of secrets": {others: []string{key}, want: map[string]string{
			`sk_live_\n 0123456789abcdefXYZ`:            mask,
			"api_key=sk_live_01 \r\n23456789abcdefXYZ":  mask,
			"sk_live_0123456789abcdef=\nXYZ":            mask,
			"https://sk_live_0123456789abcdefX%59Z/":    mask,
			`"sk_live_01\"23456789abcdefXYZ"`:           mask,
			"use another key that begins with sk_live_": "use another key that begins with sk_live_",
		}},
		// Errors of net/http quote what was sent.
		"part of a secret in quotes": {others: []string{"sk_live_0123456789"}, want: map[string]string{
			`missing colon: "sk_live_\u200b0123456789"`: `missing colon: "***"`,
		}},
		"parameters": {want: map[string]string{
			"/e.zip?sig=AbC, or /e.zip?sig=AbCd//EfGhIjKl0123":         "/e.zip?sig=*** or /e.zip?sig=***",
			"token=AbCdEfGhIjKlMnOpQrSt;url=https://files.example.com": "token=***",
			`'X-Amz-Signature' => 'AbC', "sig": ["AbC"], sig="AbC"`:    `'X-Amz-Signature' => '***', "sig": ["***"], sig="***"`,
		}},
		"harmless": {limit: 200, want: map[string]string{
			"status=pending is not allowed, limit must be >=1 and <=1000": "status=pending is not allowed, limit must be >=1 and <=1000",
			"100% of R&D, charset=utf-8, errno=111, LastStreamID=3":       "100% of R&D, charset=utf-8, errno=111, LastStreamID=3",
		}},
		// CI obeys commands at the beginning of a line, and some anywhere. Terraform
		// breaks lines where it likes.
		"commands of CI": {want: map[string]string{
			"a ::error file=a::b ##[add-mask]c ##vso[task.setvariable variable=d]e": "a : :error file=a: :b ## [add-mask]c ## vso[task.setvariable variable=***",
		}},
	}
	for name, test := range tests {
		for text, want := range test.want {
			if got := newRedactor(SecretKey(secret), test.others...).clean(text, cmp.Or(test.limit, 100)); got != want {
				t.Errorf("%s: %.100q became %q, want %q", name, text, got, want)
			}
		}
	}
}

func TestRedactor_breaksCommandsOfCI(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a::b", "##[a]", "##vso[a]", ":::a"} {
		if got := newRedactor(SecretKey("key")).clean(text, 100); got == text || strings.Contains(got, "::") {
			t.Errorf("%q is shown", text)
		}
		if err := validateText("status", &text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

// What is cut at maxCleaned could be half a secret.
func TestRedactor_longText(t *testing.T) {
	t.Parallel()
	const secret = "sk_live_0123456789"
	for _, end := range []int{0, 1, len(secret) / 2, len(secret) - 1, len(secret)} {
		text := strings.Repeat(" ", maxCleaned-end) + secret + strings.Repeat("x", maxCleaned)
		if got := newRedactor(SecretKey(secret)).clean(text, 100); strings.Contains(got, "sk_") {
			t.Errorf("%d characters are before the cut: got %q", end, got)
		}
	}
}
