package roster

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAddressKeyIsEqualForEqualAddressesOnly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ address, want string }{
		{"amara@campus.example", "amara@campus.example"},
		{"  Amara.Okafor@Campus.EXAMPLE\n", "amara.okafor@campus.example"},
		{"a.m.a@campus.example", "a.m.a@campus.example"},         // dots count
		{"amara+bio@campus.example", "amara+bio@campus.example"}, // and so does plus
		{"ÉMILE@campus.example", "émile@campus.example"},
		{"e\u0301mile@campus.example", "émile@campus.example"},
		{"STRASSE@campus.example", "strasse@campus.example"},
		{"straße@campus.example", "strasse@campus.example"}, // case folding makes them equal
		{"x@bücher.example", "x@xn--bcher-kva.example"},
		{"x@BÜCHER.example", "x@xn--bcher-kva.example"},
		{"x@xn--bcher-kva.example", "x@xn--bcher-kva.example"},
		{"x@faß.example", "x@xn--fa-hia.example"}, // IDNA 2008: not fass
		{"用户@例子。广告", "用户@xn--fsqu00a.xn--4rr70v"},
		{"o'brien@campus.example", "o'brien@campus.example"},
		{strings.Repeat("a", 64) + "@campus.example", strings.Repeat("a", 64) + "@campus.example"},
	} {
		if got, err := AddressKey(tt.address); err != nil || got != tt.want {
			t.Errorf("AddressKey(%q) = %q, %v, want %q", tt.address, got, err, tt.want)
		}
	}
}

func TestAddressKeyRefusesWhatIsNoAddress(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"", " ", "@", "amara", "amara@", "@campus.example", "amara@campus", "a b@campus.example", "a@b@campus.example",
		"amara@campus..example", "amara@.example", "amara@campus.example.", ".a@campus.example", "a.@campus.example", "a..b@campus.example",
		"amara@[127.0.0.1]", "amara@-campus.example", "amara@cam_pus.example", `"amara"@campus.example`, "amara@campus.example, b@campus.example",
		"a\x00@campus.example", "a\r\nBcc: x@campus.example", "a\xff@campus.example", "Amara <amara@campus.example>",
		"a\u200b@campus.example", "amara@" + strings.Repeat("a", 64) + ".example", strings.Repeat("a", 65) + "@campus.example",
		"a@" + strings.Repeat("abcdefg.", 40) + "example",
	} {
		if got, err := AddressKey(address); !errors.Is(err, ErrAddress) {
			t.Errorf("AddressKey(%q) = %q, %v, want ErrAddress", address, got, err)
		}
	}
}

func FuzzAddressKey(f *testing.F) {
	for _, seed := range []string{"Amara@Campus.example", "e\u0301@bücher.example", "İ@x.example", "ß@ß.example", "a@b@c.d", "@", "\xff@x.example", "ΌΣΟΣ@x.example", "x@例子。广告"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		key, err := AddressKey(address)
		if err != nil {
			if key != "" || !errors.Is(err, ErrAddress) {
				t.Fatalf("AddressKey(%q) = %q, %v", address, key, err)
			}
			return
		}
		again, err := AddressKey(key)
		if err != nil || again != key {
			t.Fatalf("AddressKey(%q) = %q, whose key is %q, %v", address, key, again, err)
		}
		if !utf8.ValidString(key) || strings.ContainsAny(key, " \r\n\x00,;<>\"") || strings.Count(key, "@") != 1 || len(key) > maxAddress {
			t.Fatalf("AddressKey(%q) = %q is no safe address", address, key)
		}
	})
}
