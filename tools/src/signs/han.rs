//! Traditional and simplified Chinese characters, and those that only Japan writes.

/// Which characters a text shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct HanForms {
    /// Characters that mainland China, Singapore and Malaysia have simplified.
    pub(crate) traditional: usize,
    /// Those of them that Japan has simplified as well, or does not use.
    pub(crate) not_japanese: usize,
    /// Their simplified forms.
    pub(crate) simplified: usize,
    /// Forms and characters of Japan.
    pub(crate) japanese: usize,
}

/// Common sign characters in pairs: traditional, simplified. Pairs whose simplified form Japan uses too are left out.
const PAIRS: &str = "門门開开關关東东車车馬马語语飯饭館馆銀银錢钱鐵铁場场電电話话時时間间問问聞闻見见視视親亲貝贝買买賣卖質质\
資资費费貨货價价運运選选遠远連连進进達达遊游農农業业樂乐歡欢觀观麵面麥麦義义漢汉術术園园圖图圓圆團团壓压廣广廠厂應应張张強强\
氣气經经線线紅红綠绿給给結结絡络網网繼继續续總总級级紀纪納纳紙纸組组終终絕绝綜综維维縣县縮缩職职聯联聲声聽听腦脑臺台\
興兴舊旧藝艺蘭兰處处號号蟲虫衛卫補补裝装覽览計计訂订訊讯記记訪访設设許许訴诉診诊詞词試试詩诗該该詳详認认誤误請请課课\
調调談谈論论講讲識识護护讓让貴贵賓宾賞赏賽赛贈赠趙赵軍军軟软較较載载輛辆輪轮輸输轉转辦办農农過过還还邊边鄉乡鄭郑醫医\
釋释針针鋪铺鋼钢錄录鎮镇鐘钟長长閉闭閱阅際际陽阳陰阴陳陈隊队階阶隨随險险雙双雜杂離离難难雲云電电頂顶項项順顺預预領领\
頭头題题額额風风飛飞飲饮養养餐餐馮冯駐驻駕驾騎骑驗验驚惊髮发鬥斗魚鱼鮮鲜鳥鸟鳳凤鳴鸣麗丽黃黄點点齊齐齒齿龍龙龜龟\
灣湾濟济潔洁無无爾尔牆墙獎奖環环產产畫画異异療疗盡尽礙碍禮礼種种積积穩稳窗窗節节築筑簡简糧粮愛爱憶忆戰战戲戏戶户\
擊击擇择據据擴扩擺摆攝摄敗败數数斷断於于舉举寫写寶宝實实審审尋寻對对導导屬属島岛嶺岭幣币幫帮庫库後后從从復复徵征惡恶\
歲岁歷历歸归殘残毀毁漁渔滿满滅灭滾滚準准勝胜務务動动勞劳勢势區区協协單单衝冲佈布併并傳传債债傷伤僅仅個个們们側侧備备\
劃划劉刘創创劇剧劍剑匯汇華华萬万葉叶葷荤蓋盖蔣蒋蔥葱蘇苏薦荐藥药";

/// Traditional characters that Japan writes otherwise or not at all.
const NOT_JAPANESE: &str = "鐵歡觀麵麥圖圓團壓廣廠應氣經縣聲聽腦臺舊藝處裝覽醫釋鋪錄雙雜點齊齒灣濟牆獎畫盡禮穩樂勞區單傳價賣\
鬥髮黃擊據擴數斷於舉寫寶實對屬歲歷歸殘惡從徵劍萬蔣蔥藥邊佈們驗驚絕稱榮";

/// Kokuji and forms simplified only in Japan.
const JAPANESE: &str = "駅円売広県転伝働込峠畑辻栃枠匂桜沢浜読図様実検険験気楽渋鉄塩営観対応圧銭歳";

/// Counts the telling characters of a text.
pub(crate) fn forms(text: &str) -> HanForms {
    let mut out = HanForms::default();
    for c in text.chars().filter(|c| !c.is_ascii()) {
        if JAPANESE.contains(c) {
            out.japanese += 1;
            continue;
        }
        match PAIRS.chars().position(|p| p == c) {
            // The first of a pair that is the same in both says nothing.
            Some(at) if PAIRS.chars().nth(at ^ 1) == Some(c) => {}
            Some(at) if at % 2 == 0 => {
                out.traditional += 1;
                out.not_japanese += usize::from(NOT_JAPANESE.contains(c));
            }
            Some(_) => out.simplified += 1,
            None => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_made_of_pairs() {
        assert_eq!(PAIRS.chars().count() % 2, 0);
    }

    #[test]
    fn one_sign_in_three_ways_of_writing() {
        assert_eq!(forms("饒河街觀光夜市 歡迎").simplified, 0);
        assert!(forms("觀光夜市 歡迎光臨").traditional >= 2);
        assert!(forms("观光夜市 欢迎光临").simplified >= 2);
        assert!(forms("東京駅 円").japanese >= 2);
    }
}
