/**
 * Syllables of names as several languages might have them, put together by chance: the names are nobody's. A syllable in
 * another script, or with letters that ASCII has not, has its spelling in ASCII behind a bar, for user names.
 */
export interface Culture {
  /** How many of a hundred people. */
  readonly share: number;
  readonly given: Syllables;
  readonly family: Syllables;
  /** Between two family names of one person: people of this culture have two. */
  readonly second?: ' ' | '-';
}

export interface Syllables {
  readonly first: readonly string[];
  readonly last: readonly string[];
}

const words = (text: string): readonly string[] => text.split(' ');

export const cultures: readonly Culture[] = [
  {
    // Of the north of Europe.
    share: 14,
    given: {
      first: words('Ask Bør|Bor Eli Frø|Fro Hal Ing Kåre|Kare Lin Sig Tor Yrs Ås|As'),
      last: words('a bet dis fred geir gunn mar na rid stein vald ve'),
    },
    family: {
      first: words('Aune Bjelke Dalen Fjell Grøn|Gron Hav Lunde Mørk|Mork Skov Strøm|Strom Vester Ølm|Olm'),
      last: words('berg borg by dal gren heim holt lund nes quist strand vik'),
    },
  },
  {
    // Of the isles of the west.
    share: 18,
    given: {
      first: words('Al Bren Cor Del El Fin Gar Hazel Jor Ken Mer Ro Tam Wil'),
      last: words('an by da dan don en ian la lyn na nor ric ty win'),
    },
    family: {
      first: words("Ash Black Crom Dun Fair Glen Hart Kel Mac O'Lo|Olo Pen Red Thorn Whit"),
      last: words('bourne burn combe croft field ford gate hollow ley mere ridge shaw ton wick'),
    },
  },
  {
    // Of the Romance languages of the south-west, with two family names.
    share: 12,
    second: ' ',
    given: {
      first: words('Alba Beni Cata Do Este Ful Ines Joa Lu Mari Nú|Nu Ra Sol Xa'),
      last: words('ción|cion cio dora fael lia lina mundo na nés|nes quín|quin rcos redo tín|tin vier'),
    },
    family: {
      first: words('Alco Bena Casti Del Esco Flor Gui Ibá|Iba Mon Nava Ola Que Ribe Zam'),
      last: words('bedo ceta dero lejo llar meda ñeda|neda niega ñoz|noz quera rada rosa vente zábal|zabal'),
    },
  },
  {
    // Of French.
    share: 9,
    second: '-',
    given: {
      first: words('Adé|Ade Bé|Be Clé|Cle Elo Fran Gaë|Gae Hé|He Jo Lau Mathi Noé|Noe Oli Syl Zo'),
      last: words('a ane ce line lle mence nelle rène|rene rice riel rin ssa vain é|e'),
    },
    family: {
      first: words('Beau Char Du Fon Gau Haute La Mar Mont Per Roche Saint Val Ville'),
      last: words('bois çon|con court feuille gny lac lièvre|lievre mare pré|pre rault rive tier val zier'),
    },
  },
  {
    // Of the Slavic languages in Latin letters.
    share: 9,
    given: {
      first: words('Bo Čest|Cest Dra Jaro Kle Lju Mila Ned Rad Slav Świę|Swie Vla Zde Żyw|Zyw'),
      last: words('bor da dana gost ka mil mira mír|mir nka rad slav sława|slawa topełk|topelk voj'),
    },
    family: {
      first: words('Bar Černo|Cerno Dub Hora Jawor Kov Krá|Kra Lis Mali Now Řez|Rez Šimo|Simo Wiś|Wis Zim'),
      last: words('aczyk ák|ak anek áč|ac ec ek icki ik ińska|inska ko ny ová|ova ski ský|sky'),
    },
  },
  {
    // Of the Slavic languages in Cyrillic letters.
    share: 5,
    given: {
      first: words('Бо|Bo Веле|Vele Да|Da Зла|Zla Ла|La Ми|Mi Неж|Nezh Ра|Ra Свет|Svet Яро|Yaro'),
      last: words('вид|vid гор|gor дан|dan дана|dana лан|lan лина|lina мир|mir на|na рина|rina слава|slava'),
    },
    family: {
      first: words('Бере|Bere Вол|Vol Гор|Gor Дуб|Dub Жур|Zhur Кал|Kal Лис|Lis Мор|Mor Сок|Sok Чер|Cher'),
      last: words('ский|skiy енко|enko ич|ich ков|kov ник|nik нов|nov ова|ova ук|uk чук|chuk ян|yan'),
    },
  },
  {
    // Of Greek.
    share: 3,
    given: {
      first: words('Αλκ|Alk Δαφ|Daf Ελπ|Elp Θαλ|Thal Καλ|Kal Λυκ|Lyk Μελ|Mel Φιλ|Fil'),
      last: words('ία|ia ίνα|ina ίων|ion ος|os άνθη|anthi ίδα|ida έας|eas ώ|o'),
    },
    family: {
      first: words('Βουν|Voun Γαλαν|Galan Θαλασσ|Thalass Κεδρ|Kedr Λιμν|Limn Πετρ|Petr'),
      last: words('άκης|akis έλης|elis ίδης|idis ίου|iou όπουλος|opoulos ούδης|oudis'),
    },
  },
  {
    // Of Turkish.
    share: 5,
    given: {
      first: words('Ay Bü|Bu Çağ|Cag De El Gök|Gok Iş|Is Kı|Ki Öz|Oz Şe|Se Tü|Tu Ya'),
      last: words('alp bey can dan ge gün|gun han kan lin nur ray su ülke|ulke'),
    },
    family: {
      first: words('Ak Boz Çam|Cam Demir Gün|Gun Kara Öz|Oz Şahin|Sahin Taş|Tas Yıl|Yil'),
      last: words('bulut dağ|dag deniz göl|gol ışık|isik kaya oğlu|oglu pınar|pinar soy tepe'),
    },
  },
  {
    // Of Arabic, in its own letters.
    share: 5,
    given: {
      first: words('نو|Nu سل|Sal را|Ra مي|May جم|Jam ها|Ha فر|Far زي|Zi'),
      last: words('را|ra مى|ma نيا|nia سم|sim يل|il دي|di حان|han نب|nab'),
    },
    family: {
      first: words('الن|Aln البح|Albah الجب|Aljab الري|Alri السه|Alsah الغي|Alghi'),
      last: words('جار|jar راوي|rawi لاني|lani حان|han لاوي|lawi مان|man'),
    },
  },
  {
    // Of the languages of East Asia, in their own letters.
    share: 8,
    given: {
      first: words('明|Ming 雨|Yu 海|Hai 春|Chun 星|Xing 美|Mei 子|Zi 文|Wen 思|Si 小|Xiao'),
      last: words('光|guang 林|lin 琳|lin 然|ran 云|yun 月|yue 涛|tao 宁|ning 安|an 泽|ze'),
    },
    family: {
      first: words('山|Shan 石|Shi 江|Jiang 田|Tian 林|Lin 白|Bai 云|Yun 柳|Liu 金|Jin 水|Shui'),
      last: words('丘|qiu 桥|qiao 川|chuan 泉|quan 松|song 门|men 竹|zhu 原|yuan'),
    },
  },
  {
    // Of Vietnamese.
    share: 5,
    given: {
      first: words('An|An Bảo|Bao Chi|Chi Đức|Duc Hà|Ha Khánh|Khanh Lệ|Le Mỹ|My Ngọc|Ngoc Thảo|Thao'),
      last: words('_Anh _Châu|_Chau _Hương|_Huong _Linh _Mai _Nhã|_Nha _Phúc|_Phuc _Quân|_Quan _Vy _Yến|_Yen'),
    },
    family: {
      first: words('Bạch|Bach Đặng|Dang Hồ|Ho Lạc|Lac Mạc|Mac Ngũ|Ngu Phùng|Phung Tạ|Ta Vạn|Van'),
      last: words('_Định|_Dinh _Hải|_Hai _Khê|_Khe _Lâm|_Lam _Sơn|_Son _Thủy|_Thuy _Trì|_Tri'),
    },
  },
  {
    // Of the islands of the Pacific.
    share: 7,
    given: {
      first: words('Aro Hau Hine Ka Lani Ma Mere Nga Rangi Tama Te_ Wai'),
      last: words('ha kahu kora lei lua mana nui pō|po rau rere tāne|tane wai'),
    },
    family: {
      first: words('Faka Huri Kahu Leilua Mata Ngā|Nga Para Rua Tau Te_ Tui Whare'),
      last: words('aki hanga kere loa māhoe|mahoe nehu pehu rangi tini tua vā|va whai'),
    },
  },
];
