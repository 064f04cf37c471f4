"""Providers of e-mail for everybody: to write from one of their domains says nothing of a company.

A list of our own of the large ones, by their own pages; a provider that is not on it is seen by how many customers write from it and
name no company (`links.sql`, the piece `houses`).
"""

_EVERYWHERE = """
gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com rocketmail.com aol.com icloud.com me.com mac.com
proton.me protonmail.com pm.me tutanota.com tuta.com tuta.io mail.com email.com gmx.com gmx.net zoho.com zohomail.com fastmail.com hey.com
hushmail.com inbox.com usa.com yandex.com mail.ru inbox.ru list.ru bk.ru yandex.ru rambler.ru qq.com 163.com 126.com sina.com naver.com
"""

_BY_COUNTRY = """
gmx.de web.de t-online.de freenet.de arcor.de posteo.de mailbox.org online.de vodafone.de kabelmail.de unity-mail.de email.de mail.de
outlook.de hotmail.de live.de yahoo.de ymail.de aol.de gmx.at gmx.ch aon.at chello.at a1.net bluewin.ch hispeed.ch sunrise.ch
orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr hotmail.fr live.fr outlook.fr yahoo.fr
libero.it virgilio.it tin.it alice.it tiscali.it hotmail.it outlook.it yahoo.it
yahoo.es hotmail.es outlook.es telefonica.net terra.es sapo.pt
hotmail.co.uk live.co.uk outlook.co.uk yahoo.co.uk btinternet.com sky.com virginmedia.com talktalk.net ntlworld.com blueyonder.co.uk
ziggo.nl kpnmail.nl planet.nl hetnet.nl home.nl xs4all.nl live.nl hotmail.nl outlook.nl telenet.be skynet.be proximus.be
wp.pl o2.pl onet.pl interia.pl op.pl seznam.cz centrum.cz email.cz azet.sk freemail.hu citromail.hu abv.bg
comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com rogers.com shaw.ca sympatico.ca
bigpond.com optusnet.com.au uol.com.br bol.com.br terra.com.br yahoo.com.br yahoo.co.jp yahoo.co.in rediffmail.com
"""

FREE: frozenset[str] = frozenset((_EVERYWHERE + _BY_COUNTRY).split())
"""Domains on which anybody can have an address."""
