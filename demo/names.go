package demo

import (
	"fmt"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// names are given and family names that go together.
type names struct{ given, family []string }

// scripts are the name stocks of invented people. A search must find all of
// them: with and without accents, in any script, family name first or last.
var scripts = sync.OnceValue(func() []names {
	return []names{
		{
			strings.Fields("Anna Björn Chloé Dario Émilie Félix Giulia Håkon Inês José Katarína Łukasz Márta Núria Óscar Paweł Renée Søren Tomás Zoë"),
			strings.Fields("Ågren Bauer Çelik Dvořák Estévez Fernández Günther Horváth Ibáñez Jørgensen Kowalczyk Lefèvre Müller Nowak O'Brien Peña Řezníček Šimić Vásquez Žižek"),
		},
		{strings.Fields("ليلى يوسف مريم عمر نور خالد سلمى طارق"), strings.Fields("حداد منصور الخطيب سعيد درويش نصار عبدالله الشامي")},
		{strings.Fields("Анна Дмитрий Ольга Сергей Наталья Фёдор Юлия Артём"), strings.Fields("Иванова Петренко Соколов Ковальчук Щербак Мельник Зайцев Журавлёв")},
		{strings.Fields("伟 芳 娜 敏 静 强 磊 洋"), strings.Fields("李 张 刘 陈 杨 黄 赵 周")},
		{strings.Fields("陽子 健太 美咲 大輔 さくら 翔"), strings.Fields("佐藤 鈴木 高橋 田中 渡辺 伊藤")},
		{strings.Fields("민준 서연 지우 하은 도윤 예준"), strings.Fields("김 이 박 최 정 강")},
		{strings.Fields("Ελένη Γιώργος Μαρία Νίκος Δήμητρα Κώστας"), strings.Fields("Παπαδοπούλου Γεωργίου Νικολάου Ιωάννου Βασιλείου Αντωνίου")},
		{strings.Fields("आरव प्रिया रोहन अनन्या विक्रम दीया"), strings.Fields("शर्मा पटेल सिंह गुप्ता राव मेहता")},
		{strings.Fields("נועה דוד תמר יוסף מיכל אורי"), strings.Fields("כהן לוי מזרחי פרץ ביטון שפירא")},
		{strings.Fields("Minh Hương Tuấn Thảo Đức Ngọc"), strings.Fields("Nguyễn Trần Lê Phạm Đặng Vũ")},
	}
})

// inventedPerson is the nth student of the large courses, the same at every
// start. Half have European names, some share one.
func inventedPerson(n int) Person {
	stocks := scripts()
	stock := stocks[0]
	if n%2 == 0 {
		stock = stocks[1+(n/2)%(len(stocks)-1)]
	}
	p := Person{
		Key: fmt.Sprintf("p%d", n), Part: "Student", Username: fmt.Sprintf("s%05d", n), number: 100 + n,
		GivenName: stock.given[(n*7)%len(stock.given)], FamilyName: stock.family[(n/len(stock.given)+n)%len(stock.family)],
	}
	p.mailbox = p.Username
	if plain := ascii(p.GivenName + "." + p.FamilyName); len(plain) > 3 {
		p.mailbox = fmt.Sprintf("%s.%d", plain, n)
	}
	return p
}

// strokes are letters that no folding takes apart.
var strokes = strings.NewReplacer("Ł", "L", "ł", "l", "ø", "o", "Ø", "O", "Đ", "D", "đ", "d")

// ascii is what remains of a name in an address: letters without accents. A
// name in another script leaves no letter.
func ascii(name string) string {
	folded := strokes.Replace(name)
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII || r == '\'' {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(folded))
}
