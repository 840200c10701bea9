package provider

import (
	"slices"
	"testing"
)

func TestProxySecrets_ofEveryVariable(t *testing.T) {
	t.Parallel()
	environment := map[string]string{
		"HTTPS_PROXY": "http://user:p%40ss@proxy.example.com:3128", "https_proxy": "user:other@proxy.example.com",
		"HTTP_PROXY": "http://user@proxy.example.com", "http_proxy": "http://0123456789ab@proxy.example.com", "": "http://%zz:secret@proxy.example.com",
	}
	got := proxySecrets(func(name string) string { return environment[name] })
	if want := []string{"p@ss", "dXNlcjpwQHNz", "other", "dXNlcjpvdGhlcg", "0123456789ab", "MDEyMzQ1Njc4OWFiOg"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
